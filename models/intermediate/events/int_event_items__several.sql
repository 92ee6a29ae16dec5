-- Grain: one row per product of an event with several (event_id, item_number), in the order sent.
-- A table: few events have several, and each reader would look for them among all.
{{ config(materialized='table', meta={'rebuilt_by': 'actor_id'}) }}

with several as (

    select
        event_id,
        actor_id,
        source,
        items
    from {{ ref('int_events') }}
    where items is not null

),

listed as (

    {{ each_json_item('several', 'items') }}

),

fields as (

    select
        event_id,
        actor_id,
        item_number,
        source,
        {{ json_columns('item', {
            'item_id': 'item_id',
            'item_quantity': 'quantity',
            'item_price': 'price',
        }) }}
    from listed

),

read as (

    select
        event_id,
        actor_id,
        item_number,
        source,
        {{ id_text('item_id') }} as product_id,
        coalesce({{ checked_integer('item_quantity') }}, 1) as quantity,
        {{ checked_decimal('item_price') }} as unit_price
    from fields

),

final as (

    select
        event_id,
        actor_id,
        cast(item_number as integer) as item_number,
        product_id,
        source,
        quantity,
        cast(unit_price as decimal(18, 4)) as unit_price
    from read
    where product_id is not null

)

select * from final
