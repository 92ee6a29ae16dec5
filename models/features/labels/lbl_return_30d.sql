-- Grain: one row per sold order of an account, at the moment after it (customer_id, order_id,
-- prediction_at).
with moments as (

    {{ label_moments('return_30d', ['int_orders', 'int_refunds']) }}

),

returns as (

    select * from {{ ref('int_customers__movements') }}
    where movement_kind = 'return'

),

final as (

    select
        -- ids
        moments.customer_id,
        moments.order_id,

        -- attributes
        moments.is_mature,
        not moments.is_mature as is_censored,

        -- measures
        {{ label_value('count(returns.movement_id) > 0') }} as label,

        -- times
        moments.prediction_at,
        moments.label_from_at,
        moments.label_to_at,
        moments.label_known_at
    from moments
    left join returns
        on
            moments.order_id = returns.original_order_id
            and returns.event_at >= moments.label_from_at
            and returns.event_at < moments.label_to_at
            and returns.available_at <= moments.label_known_at
    group by
        moments.customer_id,
        moments.order_id,
        moments.prediction_at,
        moments.label_from_at,
        moments.label_to_at,
        moments.label_known_at,
        moments.is_mature

)

select * from final
