{#-
    The products of some events: the only one of an event, which is in its own columns, or each of several.

    Shape      a whole query: event_id, item_number, product_id and the given columns of fct_events; one row a product, that of
               the first item if several have it
    Arguments  condition: which events, an SQL condition on fct_events; columns: of fct_events
    Nulls      an event with several has no product of its own: tests/invariants/events_name_one_product_or_list_several.sql
    Source     each part names the table itself: one CTE that both read would be held in memory, and no filter of who reads
               this would reach the table
    Example    {{ products_of_events("event_type = 'view_item'", ['event_at']) }}
-#}
{% macro products_of_events(condition, columns) -%}
    with several as (

        select
            event_id,
            min(item_number) as item_number,
            product_id
        from {{ ref('int_event_items__several') }}
        group by event_id, product_id

    ),

    alone as (

        select * from {{ ref('fct_events') }}
        where product_id is not null and ({{ condition }})

    ),

    events as (

        select * from {{ ref('fct_events') }}
        where product_id is null and ({{ condition }})

    )

    select
        event_id,
        1 as item_number,
        product_id,
        {{ columns | join(',\n        ') }}
    from alone
    union all
    select
        several.event_id,
        several.item_number,
        several.product_id,
        events.{{ columns | join(',\n        events.') }}
    from several
    inner join events on several.event_id = events.event_id
{%- endmacro %}
