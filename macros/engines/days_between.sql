{#-
    Calendar days from one date to another.

    Shape      integer expression, below 0 where the second is earlier
    Nulls      null where either is null
    Example    2026-01-31 to 2026-03-01 -> 29
-#}
{% macro days_between(first_on, last_on) -%}
    {{ return(adapter.dispatch('days_between', 'footfall')(first_on, last_on)) }}
{%- endmacro %}

{% macro default__days_between(first_on, last_on) -%}
    cast({{ last_on }} - {{ first_on }} as integer)
{%- endmacro %}

{% macro spark__days_between(first_on, last_on) -%}
    datediff({{ last_on }}, {{ first_on }})
{%- endmacro %}
