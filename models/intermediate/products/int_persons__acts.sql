-- Grain: one row per product that a person looked at or put into the cart (event_id, item_number).
{% set is_act = "event_type in ('view_item', 'add_to_cart') and " ~ is_shopper() %}

with several as (

    select * from {{ ref('int_event_items__several') }}

),

-- Each names the table itself: one CTE that both parts read would be held in memory.
alone as (

    select * from {{ ref('fct_events') }}
    where product_id is not null and {{ is_act }}

),

events as (

    select * from {{ ref('fct_events') }}
    where {{ is_act }}

),

final as (

    select
        event_id,
        1 as item_number,
        person_id_current as person_id,
        product_id,
        event_type,
        source_seq,
        event_rank,
        event_on,
        event_at
    from alone
    union all
    select
        several.event_id,
        several.item_number,
        events.person_id_current as person_id,
        several.product_id,
        events.event_type,
        events.source_seq,
        events.event_rank,
        events.event_on,
        events.event_at
    from several
    inner join events on several.event_id = events.event_id

)

select * from final
