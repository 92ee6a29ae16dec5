-- Grain: one row per order line (order_id, line_number).
with fed as (

    {{ union_feeds('int_order_items', {
        'order_id': 'varchar',
        'line_number': 'bigint',
        'customer_id': 'varchar',
        'product_id': 'varchar',
        'source': 'varchar',
        'line_type': 'varchar',
        'is_product': 'boolean',
        'currency': 'varchar',
        'quantity': 'bigint',
        'unit_price': 'decimal(18, 4)',
        'discount_total': 'decimal(18, 4)',
        'ordered_at': 'timestamp',
        'available_at': 'timestamp',
    }) }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select
        fed.*,
        coalesce(orders.buyer_id, 'order ' || fed.order_id) as buyer_id,
        cast(fed.quantity * fed.unit_price as decimal(18, 4)) as gross_total,
        cast(fed.quantity * fed.unit_price - fed.discount_total as decimal(18, 4)) as line_total
    from fed
    left join orders on fed.order_id = orders.order_id

)

select * from final
