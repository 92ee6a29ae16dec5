-- A time meets the first moment of its lag at or after it; after the last, none that there is.
with moments (at_us, lag_us) as (

    values
    (12, 0),
    (18, 0),
    (15, 5)

),

steps as (

    {{ moment_steps('moments') }}

),

cases (lag_us, from_us, expected) as (

    values
    (0, 11, 12),
    (0, 12, 12),
    (0, 13, 18),
    (0, 19, {{ never() }}),
    (5, 13, 15)

),

looked as (

    select
        *,
        -from_us as backwards_us
    from cases

),

results as (

    select
        looked.from_us,
        looked.expected,
        steps.at_us as actual
    from looked
    {{ asof_join('steps', 'lag_us', 'looked.backwards_us', 'backwards_us') }}

)

select *
from results
where actual <> expected
union all
select
    count(*) as from_us,
    5 as expected,
    0 as actual
from results
having count(*) <> 5
