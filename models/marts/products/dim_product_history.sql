-- Grain: one row per product and span of time in which nothing about it changed (product_id,
-- valid_from).
with versions as (

    select * from {{ ref('int_products__versions') }}

),

history as (

    {{ version_history('versions', 'product_id', [
        'source', 'product_name', 'brand', 'category', 'category_path', 'is_deleted', 'currency',
        'unit_price',
    ]) }}

),

final as (

    select
        -- ids
        product_id,

        -- attributes
        source,
        product_name,
        brand,
        category,
        category_path,
        is_deleted,
        is_current,
        currency,

        -- measures
        unit_price,

        -- times
        valid_from,
        valid_to,
        available_at
    from history

)

select * from final
