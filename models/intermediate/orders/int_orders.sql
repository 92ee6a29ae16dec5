-- Grain: one row per order or credit document (order_id).
with fed as (

    {{ union_feeds('int_orders', {
        'order_id': 'varchar',
        'customer_id': 'varchar',
        'source': 'varchar',
        'status': 'varchar',
        'payment_status': 'varchar',
        'is_test': 'boolean',
        'is_credit': 'boolean',
        'currency': 'varchar',
        'coupon_code': 'varchar',
        'tax_total': 'decimal(18, 4)',
        'shipping_total': 'decimal(18, 4)',
        'ordered_at': 'timestamp',
        'cancelled_at': 'timestamp',
        'available_at': 'timestamp',
        'sale_available_at': 'timestamp',
        'cancelled_available_at': 'timestamp',
    }) }}

),

internal_traffic as (

    select * from {{ ref('internal_traffic') }}

),

final as (

    select
        order_id,
        customer_id,
        -- Orders of one customer are numbered together; an order without one stands alone.
        coalesce(customer_id, 'order ' || order_id) as buyer_id,
        source,
        status,
        payment_status,
        coalesce(is_test, false) or coalesce(lower(coupon_code) in (
            select internal_traffic.value from internal_traffic
            where internal_traffic.kind = 'coupon'
        ), false) as is_test,
        is_credit,
        currency,
        coupon_code,
        tax_total,
        shipping_total,
        ordered_at,
        cancelled_at,
        available_at,
        sale_available_at,
        cancelled_available_at
    from fed

)

select * from final
