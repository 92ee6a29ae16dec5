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
    }) }}

),

final as (

    select
        *,
        -- Orders of one customer are numbered together; an order without one stands alone.
        coalesce(customer_id, 'order ' || order_id) as buyer_id
    from fed

)

select * from final
