-- Grain: one row per actor who ever put something into the cart (actor_id), with the fingerprint of
-- all that decides about the carts.
-- A view: it is read once a build, by fct_carts.
with events as (

    select * from {{ ref('fct_events') }}
    where
        event_type in ('add_to_cart', 'remove_from_cart', 'view_cart')
        and {{ is_shopper() }}

),

-- The only product of an event is in its columns already, and so in its fingerprint.
several as (

    select * from {{ ref('int_event_items__several') }}

),

purchases as (

    select
        actor_id,
        sum(cast({{ fingerprint(['event_id', 'product_id']) }} as {{ sql_type('hugeint') }}))
            as part
    from {{ ref('int_purchases__products') }}
    group by actor_id

),

actors as (

    select
        events.actor_id,
        min(events.input_fingerprint) as actor_fingerprint,
        sum(cast(
            {{ fingerprint([
                'several.event_id', 'several.item_number', 'several.product_id',
                'several.quantity', 'several.unit_price',
            ]) }}
            as {{ sql_type('hugeint') }}
        )) as items_part,
        max(events.event_at) as last_activity_at
    from events
    left join several on events.event_id = several.event_id
    group by events.actor_id
    -- A thing put in: without its item an addition opens no cart.
    having
        count(case
            when events.event_type = 'add_to_cart'
                then coalesce(several.product_id, events.product_id)
        end) > 0

),

final as (

    select
        actors.actor_id,
        -- A later watermark says nothing new of these carts; `least` would skip a null one.
        {{ fingerprint([
            'actors.actor_fingerprint',
            'actors.items_part',
            'purchases.part',
            "least(coalesce(" ~ watermark('int_events') ~ ", timestamp '"
            ~ var('earliest_event_at') ~ "'), actors.last_activity_at + interval '"
            ~ whole_var('cart_abandoned_hours') ~ " hours')",
        ]) }} as input_fingerprint
    from actors
    left join purchases on actors.actor_id = purchases.actor_id

)

select * from final
