{#-
    A relation's rows once for every calendar day between two of its dates, both included.

    Shape      a whole query: the relation's columns and date_on
    Arguments  relation: a CTE; first_on, last_on: its date columns
    Nulls      a row without either date gives no row
-#}
{% macro each_day(relation, first_on, last_on) -%}
    {{ return(adapter.dispatch('each_day', 'footfall')(relation, first_on, last_on)) }}
{%- endmacro %}

{% macro default__each_day(relation, first_on, last_on) -%}
    select
        {{ relation }}.*,
        cast(unnest(generate_series({{ first_on }}, {{ last_on }}, interval '1 day')) as date) as date_on
    from {{ relation }}
{%- endmacro %}

{% macro spark__each_day(relation, first_on, last_on) -%}
    select
        {{ relation }}.*,
        explode(sequence({{ first_on }}, {{ last_on }}, interval '1 day')) as date_on
    from {{ relation }}
    where {{ first_on }} is not null and {{ last_on }} is not null
{%- endmacro %}
