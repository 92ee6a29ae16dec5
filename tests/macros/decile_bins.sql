-- Bins are of the sample before, [decile, next), the outer ones open; of equal deciles one bin is
-- left.
with before_values as (

    select
        'tens' as name,
        10e0 * unnest(range(0, 11)) as value
    union all
    select
        'nearly always 0' as name,
        case when unnest(range(0, 11)) < 10 then 0e0 else 1e0 end as value

),

cases (name, value, expected) as (

    values
    ('tens', 9.9e0, 0),
    ('tens', 10e0, 1),
    ('tens', 29e0, 2),
    ('tens', 90e0, 9),
    ('tens', 1000e0, 9),
    ('tens', -1000e0, 0),
    ('tens', null, null),
    ('nearly always 0', 0e0, 9),
    ('nearly always 0', -1e0, 0),
    ('unknown', 1e0, 0)

),

samples as (

    select
        name,
        name as pair,
        value,
        false as is_after,
        count(*) as row_count
    from before_values
    group by name, value
    union all
    select
        name || coalesce(cast(value as varchar), '') as name,
        name as pair,
        value,
        true as is_after,
        1 as row_count
    from cases

),

ranked as (

    {{ ranked_values('samples', ['pair', 'is_after']) }}

),

results as (

    {{ decile_bins('samples', 'ranked', ['pair']) }}

)

select *
from (
    select
        pair,
        bin
    from results
    where is_after
    except all
    select
        name,
        expected
    from cases
) as differences
