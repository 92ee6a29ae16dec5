-- An order's totals are the sums of its lines and refunds, in its own currency and in the reporting
-- one; a reporting total is null exactly where a part of it has no rate.
with lines as (

    select
        order_id,
        sum(gross_total) as gross_total,
        sum(discount_total) as discount_total,
        sum(line_total) as sales_total,
        case when count(*) = count(line_total_reporting) then sum(line_total_reporting) end
            as sales_total_reporting
    from {{ ref('fct_order_items') }}
    where line_type = 'sale'
    group by order_id

),

refunds as (

    select
        order_id,
        sum(amount) as refund_total,
        case when count(*) = count(amount_reporting) then sum(amount_reporting) end
            as refund_total_reporting
    from {{ ref('fct_refunds') }}
    group by order_id

),

compared as (

    select
        orders.*,
        coalesce(lines.gross_total, 0) as lines_gross_total,
        coalesce(lines.discount_total, 0) as lines_discount_total,
        coalesce(lines.sales_total, 0) as lines_sales_total,
        case when lines.order_id is null then 0 else lines.sales_total_reporting end
            as lines_sales_total_reporting,
        coalesce(refunds.refund_total, 0) as refunded_total,
        case when refunds.order_id is null then 0 else refunds.refund_total_reporting end
            as refunded_total_reporting
    from {{ ref('fct_orders') }} as orders
    left join lines on orders.order_id = lines.order_id
    left join refunds on orders.order_id = refunds.order_id

)

select
    order_id,
    gross_total,
    lines_gross_total,
    discount_total,
    lines_discount_total,
    sales_total,
    lines_sales_total,
    sales_total_reporting,
    lines_sales_total_reporting,
    refund_total,
    refunded_total,
    refund_total_reporting,
    refunded_total_reporting,
    cancelled_total,
    cancelled_total_reporting,
    net_total,
    net_total_reporting
from compared
where
    gross_total is distinct from lines_gross_total
    or discount_total is distinct from lines_discount_total
    or sales_total is distinct from lines_sales_total
    or sales_total_reporting is distinct from lines_sales_total_reporting
    or refund_total is distinct from refunded_total
    or refund_total_reporting is distinct from refunded_total_reporting
    -- A cancellation takes back what no refund took before, and converts at its own day.
    or cancelled_total is distinct from
    case when cancelled_at is null then 0 else greatest(sales_total - refund_total, 0) end
    or (cancelled_total = 0 and cancelled_total_reporting is distinct from 0)
    or (
        currency = '{{ var("reporting_currency") }}'
        and cancelled_total_reporting is distinct from cancelled_total
    )
    or net_total is distinct from sales_total - refund_total - cancelled_total
    or net_total_reporting is distinct from
    sales_total_reporting - refund_total_reporting - cancelled_total_reporting
