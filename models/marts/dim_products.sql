-- Grain: one row per product (product_id) that any source names, as it stands now.
with versions as (

    select * from {{ ref('int_products') }}

),

items as (

    select * from {{ ref('fct_order_items') }}
    where product_id is not null

),

event_items as (

    select * from {{ ref('int_event_items') }}

),

inventory as (

    select * from {{ ref('int_inventory') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by product_id
            order by valid_from desc nulls last, available_at desc, source asc
        ) as recency
    from versions

),

latest as (

    select * from ranked
    where recency = 1

),

named as (

    select
        product_id,
        source,
        true as is_product,
        1 as precedence
    from latest
    union all
    select
        product_id,
        source,
        is_product,
        2 as precedence
    from items
    union all
    select
        product_id,
        source,
        true as is_product,
        3 as precedence
    from event_items
    union all
    select
        product_id,
        source,
        true as is_product,
        4 as precedence
    from inventory

),

-- A product whose own row is missing or in quarantine is still sold, seen or in stock.
members as (

    select
        product_id,
        min(precedence) > 1 as is_inferred,
        bool_and(is_product) as is_product,
        min(source) as first_source
    from named
    group by product_id

),

final as (

    select
        -- ids
        members.product_id,

        -- attributes
        coalesce(latest.source, members.first_source) as source,
        latest.product_name,
        latest.brand,
        latest.category,
        latest.category_path,
        coalesce(latest.is_product, members.is_product) as is_product,
        coalesce(latest.is_deleted, false) as is_deleted,
        members.is_inferred,
        latest.currency,

        -- measures
        latest.unit_price,

        -- times
        latest.valid_from as price_valid_from
    from members
    left join latest on members.product_id = latest.product_id

)

select * from final
