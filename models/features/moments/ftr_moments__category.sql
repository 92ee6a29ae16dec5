-- Grain: one row per category and moment at which a spine wants features of a product that was
-- known to be of it (category, prediction_at, available_as_of).
select
    assortment.category,
    bool_or(products.is_served) as is_served,
    products.prediction_at,
    products.available_as_of
from {{ ref('ftr_moments__product') }} as products
-- Of what kind a product is is known at the moment, and may be another kind at the next.
inner join {{ ref('ftr_assortment__products') }} as assortment
    on
        products.product_id = assortment.product_id
        and products.prediction_at = assortment.prediction_at
        and products.available_as_of = assortment.available_as_of
where assortment.category is not null
group by assortment.category, products.prediction_at, products.available_as_of
