-- Grain: one row per category and moment at which a spine wants features of a product that was
-- known to be of it (category, prediction_at, available_as_of).
with moments as (

    select * from {{ ref('ftr_moments__product') }}

),

assortment as (

    select * from {{ ref('ftr_assortment__products') }}

),

final as (

    select
        -- ids
        assortment.category,

        -- times
        moments.prediction_at,
        moments.available_as_of
    from moments
    inner join assortment
        on
            moments.product_id = assortment.product_id
            and moments.prediction_at = assortment.prediction_at
            and moments.available_as_of = assortment.available_as_of
    where assortment.category is not null
    group by assortment.category, moments.prediction_at, moments.available_as_of

)

select * from final
