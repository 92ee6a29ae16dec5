{#-
    The largest values of a group.

    Shape      list, an aggregate, the largest first; one after the other by `list_item`
    Arguments  value: SQL expression; count: so many of them at most
    Nulls      left out; null, or a list of none, where nothing else is there
    Source     a value that comes twice stands twice
    Example    largest('event_at', 2) of 10:00, 11:00, 12:00 -> [12:00, 11:00]
-#}
{% macro largest(value, count) -%}
    {{ return(adapter.dispatch('largest', 'footfall')(value, count)) }}
{%- endmacro %}

{% macro default__largest(value, count) -%}
    max({{ value }}, {{ count }})
{%- endmacro %}

{% macro spark__largest(value, count) -%}
    slice(sort_array(collect_list({{ value }}), false), 1, {{ count }})
{%- endmacro %}
