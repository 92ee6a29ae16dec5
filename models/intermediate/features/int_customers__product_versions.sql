-- Grain: one row per account and version of a product that it had to do with (customer_id,
-- product_id, valid_from, available_at, version_id).
with pairs as (

    select
        customer_id,
        product_id
    from {{ ref('int_customers__events') }}
    where product_id is not null
    group by customer_id, product_id

),

versions as (

    select * from {{ ref('int_products__versions') }}

),

final as (

    select
        -- ids
        pairs.customer_id,
        pairs.product_id,
        versions.version_id,

        -- attributes
        versions.category,

        -- times
        versions.valid_from,
        versions.available_at
    from pairs
    inner join versions on pairs.product_id = versions.product_id

)

select * from final
