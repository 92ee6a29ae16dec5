-- Grain: one row per refunded line (refund_id).
with fed as (

    {{ union_feeds('int_refunds', {
        'refund_id': 'varchar',
        'order_id': 'varchar',
        'line_number': 'bigint',
        'original_order_id': 'varchar',
        'original_line_number': 'bigint',
        'customer_id': 'varchar',
        'product_id': 'varchar',
        'source': 'varchar',
        'currency': 'varchar',
        'reason': 'varchar',
        'quantity': 'bigint',
        'amount': 'decimal(18, 4)',
        'refunded_at': 'timestamp',
        'available_at': 'timestamp',
    }) }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

final as (

    select
        fed.*,
        coalesce(orders.buyer_id, 'order ' || fed.order_id) as buyer_id
    from fed
    left join orders on fed.order_id = orders.order_id

)

select * from final
