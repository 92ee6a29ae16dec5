{#-
    True where any element of a JSON list meets a condition.

    Shape      boolean expression, never null
    Arguments  document: the list as text; condition: an expression over `item`, the element as a document
    Nulls      no list, an empty one and an unreadable document: false; so is a condition that gives null
    Example    any_json_item('items', json_text('item', 'item_id') ~ ' is null')
-#}
{% macro any_json_item(document, condition) -%}
    {{ return(adapter.dispatch('any_json_item', 'footfall')(document, condition)) }}
{%- endmacro %}

{% macro default__any_json_item(document, condition) -%}
    coalesce(len(list_filter(
        json_extract(try_cast({{ document }} as json), '$[*]'), lambda item: {{ condition }}
    )) > 0, false)
{%- endmacro %}

{% macro spark__any_json_item(document, condition) -%}
    coalesce(exists(from_json({{ document }}, 'array<string>'), item -> {{ condition }}), false)
{%- endmacro %}
