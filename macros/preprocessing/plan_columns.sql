{#-
    The columns that a plan makes, in order: what a contract of the transformed rows lists. They depend on what is declared, never
    on the data: of one-hot columns there are `top`, by rank, and the vocabulary says which category has which.

    Shape      list of {name, data_type}; not SQL
    Arguments  plan: of checked_preprocessing
    Example    price: {impute: median, scale: standard} -> price__standard double, price__is_missing boolean
-#}
{% macro plan_columns(plan) -%}
    {%- set columns = [] -%}
    {%- for one in plan -%} {%- do columns.extend(one.columns) -%} {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
