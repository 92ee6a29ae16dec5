-- The example of DEFINITIONS.md, section 28; without a row, without a label.
{% set plan = checked_preprocessing({'x': {'drop_missing': true}}, {'x': 'double'}) %}
with given (x, bought, revenue) as (

    values
    (1e0, 1, 10.00),
    (null, 0, 5.00),
    (3e0, 0, 10.00),
    (null, 0, 5.00),
    (5e0, 1, 20.00)

),

nothing as (

    select * from given
    where false

),

results as (

    select
        'given' as name,
        *
    from ({{ deletion_impact('given', plan, label='bought', revenue='revenue') }}) as judged
    union all
    select
        'nothing' as name,
        *
    from ({{ deletion_impact('nothing', plan) }}) as judged

),

cases (
    name, row_count, dropped_count, dropped_pct, rate_dropped, rate_kept, revenue, revenue_lost,
    revenue_lost_pct
) as (

    values
    ('given', 5, 2, 40, 0, 0.666667, 50, 10, 20),
    ('nothing', 0, 0, null, null, null, null, null, null)

)

select
    cases.*,
    results.*
from cases
left join results on cases.name = results.name
where
    results.row_count is distinct from cases.row_count
    or results.dropped_count is distinct from cases.dropped_count
    or results.dropped_pct is distinct from cases.dropped_pct
    or results.label_rate_dropped is distinct from cases.rate_dropped
    or round(results.label_rate_kept, 6) is distinct from cast(cases.rate_kept as double)
    or results.revenue is distinct from cases.revenue
    or results.revenue_lost is distinct from cases.revenue_lost
    or results.revenue_lost_pct is distinct from cases.revenue_lost_pct
