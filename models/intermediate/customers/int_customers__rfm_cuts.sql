-- Grain: one row per date and metric (as_of, metric): the values that part its customers into
-- fifths.
{{ keyed_by('as_of', inputs=['int_customers__rfm']) }}

with changed as (

    select * from {{ changed_keys() }}

),

customers as (

    select
        customers.*,
        changed.input_fingerprint as date_fingerprint
    from {{ ref('int_customers__rfm') }} as customers
    inner join changed on customers.as_of = changed.as_of

),

metrics as (

    select
        as_of,
        'recency_days' as metric,
        cast(recency_days as double) as value,
        date_fingerprint
    from customers
    union all
    select
        as_of,
        'frequency' as metric,
        cast(frequency as double) as value,
        date_fingerprint
    from customers
    union all
    select
        as_of,
        'monetary' as metric,
        cast(monetary as double) as value,
        date_fingerprint
    from customers

),

final as (

    select
        -- ids
        as_of,
        metric,

        -- measures
        cast(count(value) as integer) as customer_count,
        percentile_cont(0.2) within group (order by value asc) as cut_20,
        percentile_cont(0.4) within group (order by value asc) as cut_40,
        percentile_cont(0.6) within group (order by value asc) as cut_60,
        percentile_cont(0.8) within group (order by value asc) as cut_80,

        -- times
        min(date_fingerprint) as input_fingerprint
    from metrics
    group by as_of, metric

)

select * from final
