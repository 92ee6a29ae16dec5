-- Grain: one row per sold order of an account (customer_id, order_id, purpose), at its last line.
{{ keyed_by('customer_id', inputs=[
    {
        'model': 'int_customers__movements',
        'where': "movement_kind = 'sale' and is_sold",
        'fingerprint': fingerprint(['order_id', 'event_at', 'available_at']),
    },
]) }}

with sales as (

    select
        movements.customer_id,
        movements.order_id,
        movements.event_at,
        movements.available_at,
        changed.input_fingerprint
    from {{ ref('int_customers__movements') }} as movements
    inner join {{ changed_keys() }} as changed on movements.customer_id = changed.customer_id
    where movements.movement_kind = 'sale' and movements.is_sold

),

orders as (

    select
        customer_id,
        order_id,
        input_fingerprint,
        max(event_at) + interval '1 microsecond' as prediction_at,
        max(available_at) as order_available_at
    from sales
    group by customer_id, order_id, input_fingerprint

),

numbered as (

    select
        *,
        row_number() over (
            partition by customer_id
            order by prediction_at desc, order_id desc
        ) as recency
    from orders

),

rows_of_purposes as (

    select
        *,
        'train' as purpose
    from numbered
    union all
    select
        *,
        'serve' as purpose
    from numbered
    where recency = 1

),

final as (

    select
        -- ids
        customer_id,
        order_id,

        -- attributes
        purpose,

        -- times
        prediction_at,
        -- An order that is not known yet is nothing to predict after.
        greatest({{ available_as_of('prediction_at') }}, order_available_at) as available_as_of,
        input_fingerprint
    from rows_of_purposes

)

select * from final
