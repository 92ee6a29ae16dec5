-- Grain: one row per product of an event (event_id, item_number), in the order sent.
-- A view: of several items only few events are, and they are found without reading the others.
with events as (

    select * from {{ ref('fct_events') }}
    where product_id is not null

),

several as (

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
        cast(item_number as integer) as item_number,
        product_id,
        source,
        true as is_several,
        quantity,
        cast(unit_price as decimal(18, 4)) as unit_price
    from read
    where product_id is not null

)

select * from final
