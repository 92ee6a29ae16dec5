-- Grain: one row per line of a sold order that is a product (movement_id).
select
    -- ids
    movement_id,
    order_id,
    product_id,

    -- measures
    quantity,

    -- times
    event_at,
    available_at
from {{ ref('fct_order_movements') }}
where movement_kind = 'sale' and is_sold and is_product and product_id is not null
