-- Grain: one row per received version of a product (product_id, valid_from, available_at,
-- version_id), as often as it became known anew.
with fed as (

    {{ union_feeds('int_products__versions', {
        'product_id': 'varchar',
        'source': 'varchar',
        'product_name': 'varchar',
        'brand': 'varchar',
        'category': 'varchar',
        'category_path': 'varchar',
        'is_deleted': 'boolean',
        'currency': 'varchar',
        'unit_price': 'decimal(18, 4)',
        'valid_from': 'timestamp',
        'available_at': 'timestamp',
        'loaded_at': 'timestamp',
        'was_newest_known': 'boolean',
    }, only_accepted=false) }}

),

-- Superseded versions too, if they were the newest: what was known once is known to have been.
identified as (

    select
        *,
        {{ row_id([
            'source', 'product_name', 'brand', 'category', 'category_path', 'is_deleted',
            'currency', 'unit_price',
        ]) }} as version_id
    from fed
    where was_newest_known

),

final as (

    select
        -- ids
        product_id,
        version_id,

        -- attributes
        source,
        product_name,
        brand,
        category,
        category_path,
        is_deleted,
        currency,

        -- measures
        unit_price,

        -- times
        valid_from,
        available_at,
        max(loaded_at) as loaded_at
    from identified
    group by
        product_id,
        version_id,
        source,
        product_name,
        brand,
        category,
        category_path,
        is_deleted,
        currency,
        unit_price,
        valid_from,
        available_at

)

select * from final
