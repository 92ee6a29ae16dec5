{#-
    The day of the week, Monday 1 to Sunday 7.

    Shape      integer expression
    Source     ISO 8601
-#}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday', 'footfall')(day)) }}
{%- endmacro %}

{% macro default__iso_weekday(day) -%}
    cast(isodow({{ day }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}
