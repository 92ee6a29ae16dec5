-- Grain: one row per customer with a sold order, as of each date (customer_id, as_of).
{{ keyed_by('as_of', inputs=[{'model': 'int_as_of_dates', 'where': 'has_orders'}]) }}

with changed as (

    select * from {{ changed_keys() }}

),

dates as (

    select
        dates.as_of,
        dates.currency,
        changed.input_fingerprint
    from {{ ref('int_as_of_dates') }} as dates
    inner join changed on dates.as_of = changed.as_of

),

days as (

    select
        *,
        -- The same as of every date on which the customer is known.
        min(case when order_count > 0 then moved_on end) over (partition by customer_id)
            as first_ordered_on
    from {{ ref('int_buyers__days') }}
    where customer_id is not null

),

valued as (

    select
        days.customer_id,
        days.first_ordered_on,
        case when days.order_count > 0 then days.moved_on end as ordered_on,
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
        dates.currency,
        dates.input_fingerprint
    from dates
    inner join days on dates.as_of > days.moved_on

),

summed as (

    select
        customer_id,
        as_of,
        min(currency) as currency,
        count(distinct ordered_on) as day_count,
        min(first_ordered_on) as first_ordered_on,
        max(ordered_on) as last_ordered_on,
        count(case
            when ordered_on > first_ordered_on and sales_total is null then 1
        end) as unrated_count,
        sum(case when ordered_on > first_ordered_on then sales_total end) as repeat_total,
        case when count(*) = count(net_total) then sum(net_total) end as net_total,
        min(input_fingerprint) as input_fingerprint
    from valued
    group by customer_id, as_of
    having count(ordered_on) > 0

),

measured as (

    select
        *,
        day_count - 1 as frequency,
        case
            when day_count = 1 then 0
            -- Of several currencies without a rate there is no mean.
            when unrated_count = 0 then cast(repeat_total as double) / (day_count - 1)
        end as monetary
    from summed

),

final as (

    select
        -- ids
        customer_id,
        as_of,

        -- attributes
        currency,
        frequency > 0 and coalesce(monetary, 0) > 0 as is_gg_eligible,

        -- measures
        cast(frequency as integer) as frequency,
        {{ days_between('first_ordered_on', 'last_ordered_on') }} as recency,
        {{ days_between('first_ordered_on', 'as_of') }} - 1 as t,
        cast(monetary as double) as monetary,
        cast(net_total as decimal(28, 8)) as net_total,

        -- times
        first_ordered_on,
        last_ordered_on,
        input_fingerprint
    from measured

)

select * from final
