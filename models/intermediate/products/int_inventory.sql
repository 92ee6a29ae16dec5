-- Grain: one row per count of a product's stock (source, product_id, counted_at).
with fed as (

    {{ union_feeds('int_inventory', {
        'product_id': 'varchar',
        'source': 'varchar',
        'stock_count': 'bigint',
        'counted_at': 'timestamp',
        'available_at': 'timestamp',
    }) }}

)

select * from fed
