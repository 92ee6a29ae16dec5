-- Grain: one row per day as of which customers are described (as_of): what happened before its
-- first moment counts.
{{ config(materialized='table') }}

with days as (

    select * from {{ ref('int_buyers__days') }}

),

requested as (

    {{ requested_dates('as_of_dates') }}

),

dates as (

    select cast(date_trunc('month', moved_on) as date) as as_of
    from days
    where order_count > 0
    union
    select cast(max(moved_on) + interval '1 day' as date) as as_of
    from days
    where order_count > 0
    having max(moved_on) is not null
    union
    select as_of from requested

),

-- Day by day, so that the many rows are read once and not once for each date.
totals as (

    select
        moved_on,
        sum(order_count) as order_count,
        min(case when order_count > 0 then currency end) as first_currency,
        max(case when order_count > 0 then currency end) as last_currency,
        count(*) as row_count,
        sum(cast({{ fingerprint([
            'customer_id', 'currency', 'moved_on', 'order_count', 'sales_total', 'returned_total',
            'sales_total_reporting', 'returned_total_reporting', 'last_ordered_at',
        ]) }} as {{ sql_type('hugeint') }})) as fingerprints
    from days
    where customer_id is not null
    group by moved_on

),

final as (

    select
        -- ids
        dates.as_of,

        -- attributes
        -- Amounts of one currency need no rate; those of several have only the reporting one in
        -- common.
        case
            when min(totals.first_currency) = max(totals.last_currency)
                then min(totals.first_currency)
            else '{{ var("reporting_currency") }}'
        end as currency,
        coalesce(sum(totals.order_count), 0) > 0 as has_orders,
        coalesce(sum(case
            when {{ is_recent('totals.moved_on', 'dates.as_of') }} then totals.order_count
        end), 0) > 0 as has_recent_orders,

        -- times
        {{ local_to_utc('dates.as_of', var('shop_timezone')) }} as as_of_at,
        sum(totals.row_count) as row_count,
        sum(totals.fingerprints) as fingerprints
    from dates
    left join totals on dates.as_of > totals.moved_on
    group by dates.as_of

)

select
    as_of,
    currency,
    has_orders,
    has_recent_orders,
    as_of_at,
    {{ fingerprint(['currency', 'as_of_at', 'row_count', 'fingerprints']) }} as input_fingerprint
from final
