-- Grain: one row per product and day on which anything happened to it (product_id, day_on).
-- Made whole each time: a rate leans on those of all products of the day.
{% set looked_at = "event_type in ('view_item', 'add_to_cart') and " ~ is_shopper() %}
with looks as (

    {{ products_of_events(looked_at, ['session_id', 'event_type', 'event_on']) }}

),

purchases as (

    select * from {{ ref('int_purchases__products') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

order_items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale' and is_product and product_id is not null

),

refunds as (

    select refunds.*
    from {{ ref('fct_refunds') }} as refunds
    inner join {{ ref('fct_order_items') }} as items
        on refunds.order_id = items.order_id and refunds.line_number = items.line_number
    where items.is_product and refunds.product_id is not null

),

products as (

    select * from {{ ref('dim_products') }}

),

versions as (

    select * from {{ ref('int_products') }}

),

touches as (

    select
        product_id,
        session_id,
        event_type,
        event_on
    from looks
    union all
    select
        purchases.product_id,
        events.session_id,
        events.event_type,
        events.event_on
    from purchases
    inner join {{ ref('fct_events') }} as events on purchases.event_id = events.event_id
    where events.event_type = 'purchase' and {{ is_shopper('events') }}

),

-- A session counts once for a product, on the day it first saw it.
session_products as (

    select
        product_id,
        min(case when event_type = 'view_item' then event_on end) as viewed_on,
        min(case when event_type = 'add_to_cart' then event_on end) as carted_on,
        count(case when event_type = 'add_to_cart' then 1 end) > 0 as has_cart,
        count(case when event_type = 'purchase' then 1 end) > 0 as has_purchase
    from touches
    where session_id is not null
    group by session_id, product_id

),

-- Each kind of fact is counted by itself before they meet, so that none is counted twice.
counted as (

    select
        product_id,
        event_on as day_on,
        count(case when event_type = 'view_item' then 1 end) as view_count,
        count(case when event_type = 'add_to_cart' then 1 end) as add_to_cart_count,
        0 as view_session_count,
        0 as cart_session_count,
        0 as purchase_session_count,
        0 as unviewed_cart_session_count,
        0 as order_count,
        0 as unit_count,
        0 as unrated_count,
        cast(0 as decimal(28, 8)) as sales_total_reporting,
        cast(0 as decimal(28, 8)) as refund_total_reporting
    from touches
    where event_type <> 'purchase'
    group by product_id, event_on
    union all
    select
        product_id,
        coalesce(viewed_on, carted_on) as day_on,
        0 as view_count,
        0 as add_to_cart_count,
        count(viewed_on) as view_session_count,
        count(case when has_cart then viewed_on end) as cart_session_count,
        count(case when has_purchase then viewed_on end) as purchase_session_count,
        count(case when viewed_on is null then 1 end) as unviewed_cart_session_count,
        0 as order_count,
        0 as unit_count,
        0 as unrated_count,
        0 as sales_total_reporting,
        0 as refund_total_reporting
    from session_products
    where viewed_on is not null or carted_on is not null
    group by product_id, coalesce(viewed_on, carted_on)
    union all
    select
        order_items.product_id,
        order_items.ordered_on as day_on,
        0 as view_count,
        0 as add_to_cart_count,
        0 as view_session_count,
        0 as cart_session_count,
        0 as purchase_session_count,
        0 as unviewed_cart_session_count,
        count(distinct order_items.order_id) as order_count,
        sum(order_items.quantity) as unit_count,
        count(case when order_items.line_total_reporting is null then 1 end) as unrated_count,
        coalesce(sum(order_items.line_total_reporting), 0) as sales_total_reporting,
        0 as refund_total_reporting
    from order_items
    inner join orders on order_items.order_id = orders.order_id
    where orders.is_sold
    group by order_items.product_id, order_items.ordered_on
    union all
    select
        refunds.product_id,
        refunds.refunded_on as day_on,
        0 as view_count,
        0 as add_to_cart_count,
        0 as view_session_count,
        0 as cart_session_count,
        0 as purchase_session_count,
        0 as unviewed_cart_session_count,
        0 as order_count,
        0 as unit_count,
        count(case when refunds.amount_reporting is null then 1 end) as unrated_count,
        0 as sales_total_reporting,
        coalesce(sum(refunds.amount_reporting), 0) as refund_total_reporting
    from refunds
    inner join orders on refunds.order_id = orders.order_id
    where orders.is_sold or orders.is_credit
    group by refunds.product_id, refunds.refunded_on

),

summed as (

    select
        product_id,
        day_on,
        sum(view_count) as view_count,
        sum(add_to_cart_count) as add_to_cart_count,
        sum(view_session_count) as view_session_count,
        sum(cart_session_count) as cart_session_count,
        sum(purchase_session_count) as purchase_session_count,
        sum(unviewed_cart_session_count) as unviewed_cart_session_count,
        sum(order_count) as order_count,
        sum(unit_count) as unit_count,
        sum(unrated_count) as unrated_count,
        sum(sales_total_reporting) as sales_total_reporting,
        sum(refund_total_reporting) as refund_total_reporting
    from counted
    group by product_id, day_on

),

grouped as (

    select
        summed.*,
        products.category,
        products.brand,
        sum(summed.view_session_count) over in_category as category_views,
        sum(summed.cart_session_count) over in_category as category_carts,
        sum(summed.purchase_session_count) over in_category as category_purchases,
        sum(summed.view_session_count) over on_day as day_views,
        sum(summed.cart_session_count) over on_day as day_carts,
        sum(summed.purchase_session_count) over on_day as day_purchases
    from summed
    left join products on summed.product_id = products.product_id
    window
        in_category as (partition by summed.day_on, products.category),
        on_day as (partition by summed.day_on)

),

judged as (

    select
        *,
        category is not null and category_views > 0 as has_category_rate
    from grouped

),

-- The category's rate of the day; where it has none, the shop's.
backed as (

    select
        *,
        case when has_category_rate then category_views else day_views end as group_views,
        case when has_category_rate then category_carts else day_carts end as group_carts,
        case when has_category_rate then category_purchases else day_purchases end
            as group_purchases
    from judged

),

-- The price at the end of the day, from the product's versions known by then.
priced as (

    select
        backed.product_id,
        backed.day_on,
        versions.unit_price,
        versions.currency,
        row_number() over (
            partition by backed.product_id, backed.day_on
            order by
                versions.valid_from desc nulls last,
                versions.available_at desc nulls last,
                versions.source asc
        ) as recency
    from backed
    inner join versions
        on
            backed.product_id = versions.product_id
            and {{ local_day('versions.valid_from') }} <= backed.day_on

),

final as (

    select
        -- ids
        backed.product_id,

        -- attributes
        backed.category,
        backed.brand,
        priced.currency,

        -- measures
        priced.unit_price,
        cast(backed.view_count as integer) as view_count,
        cast(backed.add_to_cart_count as integer) as add_to_cart_count,
        cast(backed.view_session_count as integer) as view_session_count,
        cast(backed.cart_session_count as integer) as cart_session_count,
        cast(backed.purchase_session_count as integer) as purchase_session_count,
        cast(backed.unviewed_cart_session_count as integer) as unviewed_cart_session_count,
        cast({{ smoothed_rate(
            'backed.cart_session_count', 'backed.view_session_count',
            'backed.group_carts', 'backed.group_views'
        ) }} as decimal(18, 8)) as cart_rate,
        {{ wilson_lower_bound('backed.cart_session_count', 'backed.view_session_count') }}
            as cart_rate_least,
        cast({{ smoothed_rate(
            'backed.purchase_session_count', 'backed.view_session_count',
            'backed.group_purchases', 'backed.group_views'
        ) }} as decimal(18, 8)) as purchase_rate,
        {{ wilson_lower_bound('backed.purchase_session_count', 'backed.view_session_count') }}
            as purchase_rate_least,
        cast(backed.order_count as integer) as order_count,
        cast(backed.unit_count as bigint) as unit_count,
        cast(case
            when backed.unrated_count = 0
                then backed.sales_total_reporting - backed.refund_total_reporting
        end as decimal(28, 8)) as net_total_reporting,

        -- times
        backed.day_on
    from backed
    left join priced
        on
            backed.product_id = priced.product_id
            and backed.day_on = priced.day_on
            and priced.recency = 1

)

select * from final
