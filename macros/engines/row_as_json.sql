{#-
    A whole row of a CTE or table, as JSON text: what a rejected row looked like.

    Shape      text expression
    Example    row_as_json('landed') -> {"InvoiceNo":"536365",…}
-#}
{% macro row_as_json(relation) -%}
    {{ return(adapter.dispatch('row_as_json', 'footfall')(relation)) }}
{%- endmacro %}

{% macro default__row_as_json(relation) -%}
    cast(to_json({{ relation }}) as varchar)
{%- endmacro %}

{% macro spark__row_as_json(relation) -%}
    to_json(struct({{ relation }}.*))
{%- endmacro %}
