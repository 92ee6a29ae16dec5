{#-
    One item of a list.

    Shape      expression of the items' type
    Arguments  list: SQL expression; place: from 1
    Nulls      of a null, and beyond its end, null
    Example    list_item('cuts', 2) of [5, 10] -> 10
-#}
{% macro list_item(list, place) -%}
    {{ return(adapter.dispatch('list_item', 'footfall')(list, place)) }}
{%- endmacro %}

{% macro default__list_item(list, place) -%}
    {{ list }}[{{ place }}]
{%- endmacro %}

{% macro spark__list_item(list, place) -%}
    get({{ list }}, {{ place - 1 }})
{%- endmacro %}
