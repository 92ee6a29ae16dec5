-- Grain: one row per product of an event (event_id, item_number), in the order sent.
with events as (

    select * from {{ ref('fct_events') }}
    where product_id is not null

),

several as (

    select * from {{ ref('int_event_items__several') }}

),

-- The only product of an event is in its columns already.
final as (

    select
        event_id,
        actor_id,
        cast(1 as integer) as item_number,
        product_id,
        source,
        false as is_several,
        quantity,
        unit_price
    from events
    union all
    select
        event_id,
        actor_id,
        item_number,
        product_id,
        source,
        true as is_several,
        quantity,
        unit_price
    from several

)

select * from final
