-- Grain: one row per refunded line (refund_id).
with fed as (

    {{ union_feeds('int_refunds', {
        'refund_id': 'varchar',
        'order_id': 'varchar',
        'line_number': 'integer',
        'original_order_id': 'varchar',
        'original_line_number': 'integer',
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

)

select * from fed
