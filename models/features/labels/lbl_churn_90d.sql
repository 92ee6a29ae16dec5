-- Grain: one row per sold order of an account, at the moment after it (customer_id, order_id,
-- prediction_at).
with moments as (

    {{ label_moments('churn_90d', ['int_orders', 'int_refunds']) }}

),

orders as (

    select * from {{ ref('int_customers__order_states') }}

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
        {{ label_value('count(orders.order_id) = 0') }} as label,

        -- times
        moments.prediction_at,
        moments.label_from_at,
        moments.label_to_at,
        moments.label_known_at
    from moments
    left join orders
        on
            moments.customer_id = orders.customer_id
            and {{ is_labelled_order() }}
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
