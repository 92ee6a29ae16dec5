-- Grain: one row per product of a device's event (event_id, item_number).
{% set is_asked = 'visitor_id is not null and not is_bot_by_agent and not is_internal' %}

with several as (

    select * from {{ ref('int_event_items__several') }}

),

-- Each names the table itself: one CTE that both parts read would be held in memory.
alone as (

    select * from {{ ref('fct_events') }}
    where product_id is not null and {{ is_asked }}

),

events as (

    select * from {{ ref('fct_events') }}
    where {{ is_asked }}

),

final as (

    select
        event_id,
        1 as item_number,
        visitor_id,
        product_id,
        event_type,
        event_on,
        event_at,
        available_at,
        bot_known_at
    from alone
    union all
    select
        several.event_id,
        several.item_number,
        events.visitor_id,
        several.product_id,
        events.event_type,
        events.event_on,
        events.event_at,
        events.available_at,
        events.bot_known_at
    from several
    inner join events on several.event_id = events.event_id

)

select * from final
