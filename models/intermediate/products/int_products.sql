-- Grain: one row per version of a product (product_id, valid_from).
with fed as (

    {{ union_feeds('int_products', {
        'product_id': 'varchar',
        'source': 'varchar',
        'product_name': 'varchar',
        'brand': 'varchar',
        'category': 'varchar',
        'category_path': 'varchar',
        'is_product': 'boolean',
        'is_deleted': 'boolean',
        'currency': 'varchar',
        'unit_price': 'decimal(18, 4)',
        'valid_from': 'timestamp',
        'available_at': 'timestamp',
    }) }}

)

select * from fed
