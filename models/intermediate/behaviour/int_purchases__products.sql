-- Grain: one row per product of a purchase seen in the shop front (event_id, product_id).
with events as (

    select * from {{ ref('fct_events') }}
    where event_type = 'purchase'

),

items as (

    select * from {{ ref('int_event_items') }}

),

order_items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale'

),

-- The only product of an event is in its columns already.
named as (

    select
        event_id,
        actor_id,
        product_id
    from events
    where product_id is not null
    union all
    select
        events.event_id,
        events.actor_id,
        items.product_id
    from events
    inner join items on events.event_id = items.event_id
    where items.is_several

),

-- A tracker that names only the order: what was bought stands on the order's lines.
looked_up as (

    select
        events.event_id,
        events.actor_id,
        order_items.product_id
    from events
    inner join order_items on events.order_id = order_items.order_id
    left join named on events.event_id = named.event_id
    where named.event_id is null and order_items.product_id is not null

),

final as (

    -- A product may stand in several items or lines.
    select
        event_id,
        actor_id,
        product_id
    from named
    union
    select
        event_id,
        actor_id,
        product_id
    from looked_up

)

select * from final
