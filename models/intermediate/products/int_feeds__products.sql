-- Grain: one row per accepted version of a product (product_id, valid_from).
select
    product_id,
    'feeds' as source,
    product_name,
    brand,
    category,
    category_path,
    true as is_product,
    is_deleted,
    currency,
    unit_price,
    valid_from,
    available_at
from {{ ref('stg_feeds__products') }}
where row_status = 'accepted'
