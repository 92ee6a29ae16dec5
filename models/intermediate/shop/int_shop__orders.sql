-- Grain: one row per order (order_id) that the shop still holds.
select
    order_id,
    customer_id,
    'shop' as source,
    status,
    payment_status,
    is_test,
    false as is_credit,
    currency,
    coupon_code,
    coalesce(discount_total, 0) as discount_total,
    coalesce(tax_total, 0) as tax_total,
    coalesce(shipping_total, 0) as shipping_total,
    ordered_at,
    cancelled_at,
    available_at,
    sale_available_at,
    cancelled_available_at
from {{ ref('stg_shop__orders') }}
where row_status = 'accepted' and not is_deleted
