-- NaN is missing, too; a column without `drop_missing` may be.
{% set plan = checked_preprocessing(
    {
        'x': {'drop_missing': true},
        'c': {'drop_missing': true, 'impute': 'mode'},
        'y': {'impute': 'median'}
    },
    {'x': 'double', 'c': 'varchar', 'y': 'double'}
) %}
with cases (x, c, y, expected) as (

    values
    (1e0, 'a', null, true),
    (null, 'a', 1e0, false),
    (cast('NaN' as double), 'a', 1e0, false),
    (1e0, null, 1e0, false),
    (1e0, '', 1e0, true)

),

results as (

    select
        *,
        {{ is_complete(plan) }} as actual,
        {{ is_complete(plan[2:]) }} as without_policy
    from cases

)

select *
from results
where
    actual is distinct from expected
    or without_policy is not true
