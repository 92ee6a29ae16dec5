-- Over all days a product has every look at it, every time it was put into the cart, and every
-- piece sold.
with events as (

    select * from {{ ref('fct_events') }}
    where event_type in ('view_item', 'add_to_cart') and {{ is_shopper() }}

),

-- The only product of an event is in its columns already.
touches as (

    select
        product_id,
        event_type
    from events
    where product_id is not null
    union all
    -- Once, however many of its items have the product.
    select
        items.product_id,
        events.event_type
    from events
    inner join {{ ref('int_event_items') }} as items on events.event_id = items.event_id
    where items.is_several
    group by events.event_id, items.product_id, events.event_type

),

touched as (

    select
        product_id,
        count(case when event_type = 'view_item' then 1 end) as view_count,
        count(case when event_type = 'add_to_cart' then 1 end) as add_to_cart_count
    from touches
    group by product_id

),

sold as (

    select
        items.product_id,
        sum(items.quantity) as unit_count
    from {{ ref('fct_order_items') }} as items
    inner join {{ ref('fct_orders') }} as orders on items.order_id = orders.order_id
    where
        orders.is_sold
        and items.line_type = 'sale'
        and items.is_product
        and items.product_id is not null
    group by items.product_id

),

days as (

    select
        product_id,
        sum(view_count) as view_count,
        sum(add_to_cart_count) as add_to_cart_count,
        sum(unit_count) as unit_count
    from {{ ref('fct_product_days') }}
    group by product_id

),

happened as (

    select
        coalesce(touched.product_id, sold.product_id) as product_id,
        coalesce(touched.view_count, 0) as view_count,
        coalesce(touched.add_to_cart_count, 0) as add_to_cart_count,
        coalesce(sold.unit_count, 0) as unit_count
    from touched
    full outer join sold on touched.product_id = sold.product_id

)

select
    coalesce(days.product_id, happened.product_id) as product_id,
    days.view_count,
    happened.view_count as views_found,
    days.add_to_cart_count,
    happened.add_to_cart_count as adds_found,
    days.unit_count,
    happened.unit_count as units_found
from days
full outer join happened on days.product_id = happened.product_id
where
    coalesce(days.view_count, 0) <> coalesce(happened.view_count, 0)
    or coalesce(days.add_to_cart_count, 0) <> coalesce(happened.add_to_cart_count, 0)
    or coalesce(days.unit_count, 0) <> coalesce(happened.unit_count, 0)
