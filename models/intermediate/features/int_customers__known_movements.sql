-- Grain: one row per movement of money on an account's sold order or credit document and span of
-- time in which its amount was known to be this (movement_id, available_at).
with movements as (

    select * from {{ ref('int_customers__movements') }}

),

rates as (

    select * from {{ ref('int_exchange_rates__known') }}

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

        -- measures
        movements.quantity,
        -- Never the mart's own: what it rounds otherwise would tell that a rate was still to come.
        {{ in_reporting_currency(
            'movements.amount', 'movements.currency', 'rates.rate', 'rates.reporting_rate'
        ) }}
            as amount_reporting,

        -- times
        movements.event_at,
        greatest(
            movements.available_at, coalesce(rates.known_from_at, movements.available_at)
        ) as available_at,
        rates.known_to_at
    from movements
    {{ join_known_rates('movements', 'rated_on') }}

)

select * from final
