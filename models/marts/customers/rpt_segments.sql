-- Grain: one row per date and segment (as_of, segment), segments without customers included.
with customers as (

    select * from {{ ref('fct_customer_rfm') }}

),

rules as (

    select * from {{ ref('rfm_segments') }}

),

segments as (

    select
        segment,
        min(priority) as position
    from rules
    group by segment
    union all
    select
        'Others' as segment,
        cast(null as integer) as position
    where not exists (
        select 1 from rules
        where segment = 'Others'
    )

),

dates as (

    select
        as_of,
        min(currency) as currency,
        count(*) as customer_count
    from customers
    group by as_of

),

totals as (

    select
        as_of,
        segment,
        count(*) as customer_count,
        sum(recency_days) as recency_days,
        sum(frequency) as order_count,
        count(case when monetary is null then 1 end) as unrated_count,
        sum(monetary) as monetary
    from customers
    group by as_of, segment

),

final as (

    select
        -- ids
        dates.as_of,
        segments.segment,

        -- attributes
        cast(row_number() over (
            partition by dates.as_of
            order by segments.position asc nulls last, segments.segment asc
        ) as integer) as segment_number,
        dates.currency,

        -- measures
        cast(coalesce(totals.customer_count, 0) as integer) as customer_count,
        cast(coalesce(totals.customer_count, 0) as double) / dates.customer_count as customer_rate,
        cast(coalesce(totals.order_count, 0) as bigint) as order_count,
        cast(case
            when coalesce(totals.unrated_count, 0) = 0 then coalesce(totals.monetary, 0)
        end as decimal(28, 8)) as net_total,
        cast(totals.recency_days as double) / totals.customer_count as mean_recency_days,
        cast(totals.order_count as double) / totals.customer_count as mean_frequency,
        cast(totals.monetary as double)
        / nullif(totals.customer_count - totals.unrated_count, 0) as mean_monetary
    from dates
    cross join segments
    left join totals on dates.as_of = totals.as_of and segments.segment = totals.segment

)

select * from final
