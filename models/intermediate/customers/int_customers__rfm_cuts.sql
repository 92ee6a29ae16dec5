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

cut as (

    select
        as_of,
        metric,
        count(value) as customer_count,
        -- Of equal values exactly they, or whoever has that value would lie above their own cut.
        {{ quantiles('value', [0.2, 0.4, 0.6, 0.8]) }} as cuts,
        min(date_fingerprint) as input_fingerprint
    from metrics
    group by as_of, metric

),

final as (

    select
        -- ids
        as_of,
        metric,

        -- measures
        cast(customer_count as integer) as customer_count,
        {{ list_item('cuts', 1) }} as cut_20,
        {{ list_item('cuts', 2) }} as cut_40,
        {{ list_item('cuts', 3) }} as cut_60,
        {{ list_item('cuts', 4) }} as cut_80,

        -- times
        input_fingerprint
    from cut

)

select * from final
