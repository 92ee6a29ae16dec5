{#-
    A relation's rows once for every element of a JSON list.

    Shape      a whole query: the relation's columns, item (a document, for json_columns) and item_number, from 1
    Arguments  relation: a CTE; document: its column with the list as text
    Nulls      no list, an empty one and an unreadable document give no row
    Example    [{"item_id":"P1"},{"item_id":"P2"}] gives two rows
-#}
{% macro each_json_item(relation, document) -%}
    {{ return(adapter.dispatch('each_json_item', 'footfall')(relation, document)) }}
{%- endmacro %}

{% macro default__each_json_item(relation, document) -%}
    select
        {{ relation }}.*,
        unnest(json_extract(try_cast({{ document }} as json), '$[*]')) as item,
        generate_subscripts(json_extract(try_cast({{ document }} as json), '$[*]'), 1) as item_number
    from {{ relation }}
{%- endmacro %}

{% macro spark__each_json_item(relation, document) -%}
    select
        {{ relation }}.*,
        elements.item,
        elements.place + 1 as item_number
    from {{ relation }}
    lateral view posexplode(from_json({{ document }}, 'array<string>')) elements as place, item
{%- endmacro %}
