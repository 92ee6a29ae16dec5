-- Grain: one row per movement of money on an account's sold order or credit document (movement_id).
with movements as (

    select * from {{ ref('fct_order_movements') }}
    where customer_id is not null and (is_sold or is_credit)

),

-- A placeholder is nobody's account.
placeholders as (

    select identifier as customer_id
    from {{ ref('int_identity__components') }}
    where identifier_type = 'customer' and is_blocklisted

),

final as (

    select
        -- ids
        movements.movement_id,
        movements.customer_id,
        movements.order_id,
        movements.original_order_id,
        movements.product_id,

        -- attributes
        movements.movement_kind,
        movements.is_product,
        movements.is_sold,
        movements.currency,

        -- measures
        movements.quantity,
        movements.amount,

        -- times
        movements.rated_on,
        movements.event_at,
        movements.available_at
    from movements
    left join placeholders on movements.customer_id = placeholders.customer_id
    where placeholders.customer_id is null

)

select * from final
