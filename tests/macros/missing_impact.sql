-- The example of DEFINITIONS.md, section 28, once alone and once among the rows of another group:
-- of a column that is named, or of the one that a feature is filled by.
{% set plan = checked_preprocessing(
    {'x': {'impute': 'median'}, 'c': {'encode': 'ordinal'}}, {'x': 'double', 'c': 'varchar'}
) %}
{% set plan_by_part = checked_preprocessing(
    {'x': {'impute': 'group_median:part'}, 'c': {'encode': 'ordinal'}},
    {'x': 'double', 'c': 'varchar', 'part': 'varchar'}
) %}
with given (part, x, c, bought, revenue) as (

    values
    ('shop', 1e0, 'a', 1, 10.00),
    ('shop', null, 'a', 0, 5.00),
    ('shop', 3e0, null, 0, 10.00),
    ('shop', null, 'b', 0, 5.00),
    ('shop', 5e0, 'b', 1, 20.00),
    (null, cast('Infinity' as double), 'b', null, null)

),

shop as (

    select * from given
    where part = 'shop'

),

learned as (

    {{ fitted('shop', plan) }}

),

learned_by_part as (

    {{ fitted('shop', plan_by_part) }}

),

by_part as (

    {{ missing_impact('given', 'learned', plan, by='part', label='bought', revenue='revenue') }}

),

alone as (

    {{ missing_impact('shop', 'learned', plan) }}

),

filled_by_part as (

    {{ missing_impact('given', 'learned_by_part', plan_by_part) }}

),

cases (feature, group_value, name, expected) as (

    values
    ('x', 'shop', 'row_count', 5),
    ('x', 'shop', 'missing_count', 2),
    ('x', 'shop', 'missing_pct', 40),
    ('x', 'shop', 'missing_pct_after', 0),
    ('x', 'shop', 'label_rate_missing', 0),
    ('x', 'shop', 'label_rate_present', 0.666667),
    ('x', 'shop', 'revenue', 50),
    ('x', 'shop', 'revenue_lost', 10),
    ('x', 'shop', 'revenue_lost_pct', 20),
    ('x', 'shop', 'changed_count', 2),
    ('x', 'shop', 'mean_before', 3),
    ('x', 'shop', 'mean_after', 3),
    ('x', 'shop', 'sd_before', 1.632993),
    ('x', 'shop', 'sd_after', 1.264911),
    ('x', 'shop', 'p25_before', 2),
    ('x', 'shop', 'p25_after', 3),
    -- .4 null becomes .000001, .2 of threes becomes .6
    ('x', 'shop', 'psi', 5.599120),
    ('c', 'shop', 'missing_pct', 20),
    ('c', 'shop', 'mean_before', null),
    ('c', 'shop', 'psi', null),
    ('c', 'shop', 'revenue_lost_pct', 20),
    ('x', null, 'missing_pct', 100),
    ('x', null, 'label_rate_missing', null),
    ('x', null, 'revenue_lost', null),
    ('x', null, 'mean_before', null),
    ('x', null, 'mean_after', 3),
    ('x', 'alone', 'missing_pct', 40),
    ('x', 'alone', 'label_rate_present', null),
    ('x', 'alone', 'sd_after', 1.264911),
    ('x', 'alone', 'psi', 5.599120),
    -- Of all, in whatever groups: 6 rows.
    ('x', 'all', 'missing_pct', 50),
    ('x', 'all filled', 'missing_pct', 50),
    ('c', 'all filled', 'row_count', 6),
    ('x', 'shop filled', 'missing_pct', 40),
    ('x', 'shop filled', 'mean_after', 3),
    ('x', 'none filled', 'missing_pct', 100),
    ('x', 'none filled', 'mean_after', 3),
    -- It is not filled by groups.
    ('c', 'shop filled', 'row_count', null)

),

results as (

    select * from by_part
    where group_column = 'part'
    union all
    select * replace ('all' as group_value) from by_part
    where group_column is null
    union all
    select * replace ('alone' as group_value) from alone
    union all
    select * replace (
        case
            when group_column is null then 'all filled'
            else coalesce(group_value, 'none') || ' filled'
        end as group_value
    ) from filled_by_part

),

actual as (

    {% for name in [
        'row_count', 'missing_count', 'missing_pct', 'missing_pct_after', 'label_rate_missing',
        'label_rate_present', 'revenue', 'revenue_lost', 'revenue_lost_pct', 'changed_count',
        'mean_before', 'mean_after', 'sd_before', 'sd_after', 'p25_before', 'p25_after', 'psi'
    ] %}
        select
            feature,
            group_value,
            '{{ name }}' as name,
            cast({{ name }} as double) as value
        from results
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    cases.*,
    actual.value
from cases
left join actual
    on
        cases.feature = actual.feature
        and cases.group_value is not distinct from actual.group_value
        and cases.name = actual.name
where
    (actual.feature is null and cases.expected is not null)
    or round(actual.value, 6) is distinct from cast(cases.expected as double)
