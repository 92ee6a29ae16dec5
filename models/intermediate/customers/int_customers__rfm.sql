-- Grain: one row per customer with a sold order, as of each date (customer_id, as_of).
{{ keyed_by('as_of', inputs=[{'model': 'int_as_of_dates', 'where': 'has_recent_orders'}]) }}

with changed as (

    select * from {{ changed_keys() }}

),

dates as (

    select
        dates.as_of,
        dates.as_of_at,
        dates.currency,
        changed.input_fingerprint
    from {{ ref('int_as_of_dates') }} as dates
    inner join changed on dates.as_of = changed.as_of

),

days as (

    select * from {{ ref('int_buyers__days') }}
    where customer_id is not null

),

valued as (

    select
        days.customer_id,
        days.order_count,
        days.last_ordered_at,
        case
            when days.currency = dates.currency then days.sales_total
            else days.sales_total_reporting
        end as sales_total,
        case
            when days.currency = dates.currency
                then days.sales_total - days.returned_total
            else days.sales_total_reporting - days.returned_total_reporting
        end as net_total,
        dates.as_of,
        dates.as_of_at,
        dates.currency,
        dates.input_fingerprint
    from dates
    inner join days
        on
            dates.as_of > days.moved_on
            and {{ is_recent('days.moved_on', 'dates.as_of') }}

),

final as (

    select
        -- ids
        customer_id,
        as_of,

        -- attributes
        min(currency) as currency,

        -- measures
        -- Whole days of 24 hours; never below 0 where a clock change skips midnight.
        cast({{ whole_quotient(
            'greatest(min(' ~ epoch_us('as_of_at') ~ ') - max(' ~ epoch_us('last_ordered_at') ~ '), 0)',
            '86400000000'
        ) }} as integer) as recency_days,
        cast(sum(order_count) as integer) as frequency,
        -- Of several currencies without a rate there is no sum.
        cast(case when count(*) = count(net_total) then sum(net_total) end as decimal(28, 8))
            as monetary,
        cast(case when count(*) = count(sales_total) then sum(sales_total) end as decimal(28, 8))
            as sales_total,

        -- times
        max(last_ordered_at) as last_ordered_at,
        min(input_fingerprint) as input_fingerprint
    from valued
    group by customer_id, as_of
    having sum(order_count) > 0

)

select * from final
