-- A row meets the last value that is not above it; below all of them, or null, it stays alone.
with steps (value, name) as (

    values
    (1e0, 'one'),
    (2e0, 'two'),
    (5e0, 'five')

),

cases (given, expected) as (

    values
    (0.9e0, null),
    (1e0, 'one'),
    (4.9e0, 'two'),
    (5e0, 'five'),
    (1e300, 'five'),
    (null, null)

),

results as (

    select
        cases.*,
        steps.name as actual
    from cases
    {{ asof_left_join('steps', 'cases.given', 'value') }}

),

counted as (

    select
        results.*,
        count(*) over () as row_count
    from results

)

select *
from counted
where
    actual is distinct from expected
    or row_count <> 6
