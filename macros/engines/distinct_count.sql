{#-
    How many different values there are.

    Shape      integer expression, an aggregate
    Nulls      a null is no value; 0 without one
    Source     count(distinct …); DuckDB keeps a table for each of many groups then, a list of few values costs half
    Example    distinct_count("case when event_type = 'search' then event_on end")
-#}
{% macro distinct_count(value) -%}
    {{ return(adapter.dispatch('distinct_count', 'footfall')(value)) }}
{%- endmacro %}

{% macro default__distinct_count(value) -%}
    coalesce(list_unique(list({{ value }})), 0)
{%- endmacro %}

{% macro spark__distinct_count(value) -%}
    count(distinct {{ value }})
{%- endmacro %}
