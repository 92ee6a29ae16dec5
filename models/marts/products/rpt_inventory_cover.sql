-- Grain: one row per product whose stock was ever counted (product_id), as last counted.
{% set demand_days = whole_var('inventory_demand_days') %}

with counts as (

    select * from {{ ref('int_inventory') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold

),

items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale' and product_id is not null

),

ranked as (

    select
        *,
        {{ local_day('counted_at') }} as counted_on,
        row_number() over (
            partition by product_id
            order by counted_at desc nulls last, available_at desc nulls last, source asc
        ) as recency
    from counts

),

latest as (

    select * from ranked
    where recency = 1

),

sold as (

    select
        items.product_id,
        orders.ordered_on,
        sum(items.quantity) as unit_count
    from items
    inner join orders on items.order_id = orders.order_id
    group by items.product_id, orders.ordered_on

),

demanded as (

    select
        latest.product_id,
        sum(sold.unit_count) as sold_unit_count
    from latest
    inner join sold
        on
            latest.product_id = sold.product_id
            and latest.counted_on > sold.ordered_on
            and cast(latest.counted_on - interval '{{ demand_days }} days' as date)
            <= sold.ordered_on
    group by latest.product_id

),

measured as (

    select
        latest.*,
        coalesce(demanded.sold_unit_count, 0) as sold_unit_count,
        cast(demanded.sold_unit_count as double) / {{ demand_days }}
            as units_per_day
    from latest
    left join demanded on latest.product_id = demanded.product_id

),

final as (

    select
        -- ids
        product_id,

        -- attributes
        source,
        stock_count = 0 as is_out_of_stock,

        -- measures
        stock_count,
        cast(sold_unit_count as bigint) as sold_unit_count,
        coalesce(units_per_day, 0) as units_per_day,
        -- Without demand there is no telling how long it lasts.
        cast(stock_count as double) / nullif(units_per_day, 0) as cover_days,

        -- times
        counted_on,
        counted_at,
        available_at
    from measured

)

select * from final
