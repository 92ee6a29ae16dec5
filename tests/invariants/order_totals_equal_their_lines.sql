-- An order's totals are the sums of its lines and refunds, in both currencies where there are
-- rates.
with lines as (

    select
        order_id,
        sum(case when line_type = 'sale' then gross_total else 0 end) as gross_total,
        sum(case when line_type = 'sale' then discount_total else 0 end) as discount_total,
        sum(case when line_type = 'sale' then line_total else 0 end) as sales_total,
        sum(case when line_type = 'sale' then line_total_reporting else 0 end) as sales_reporting
    from {{ ref('fct_order_items') }}
    group by order_id

),

refunds as (

    select
        order_id,
        sum(amount) as refund_total,
        sum(amount_reporting) as refund_reporting
    from {{ ref('fct_refunds') }}
    group by order_id

)

select
    orders.order_id,
    orders.gross_total,
    lines.gross_total as line_gross_total,
    orders.discount_total,
    lines.discount_total as line_discount_total,
    orders.refund_total,
    refunds.refund_total as refunded,
    orders.net_total
from {{ ref('fct_orders') }} as orders
left join lines on orders.order_id = lines.order_id
left join refunds on orders.order_id = refunds.order_id
where
    orders.gross_total <> coalesce(lines.gross_total, 0)
    or orders.discount_total <> coalesce(lines.discount_total, 0)
    or orders.refund_total <> coalesce(refunds.refund_total, 0)
    or orders.net_total
    <> coalesce(lines.sales_total, 0) - coalesce(refunds.refund_total, 0) - orders.cancelled_total
    -- A cancellation converts at its own day; the others are the sums of their parts.
    or (
        orders.cancelled_total = 0
        and orders.net_total_reporting
        <> coalesce(lines.sales_reporting, 0) - coalesce(refunds.refund_reporting, 0)
    )
