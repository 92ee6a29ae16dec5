{#-
    How many steps a funnel can have: fct_funnel_units has a column for each.

    Shape      whole number; not SQL
-#}
{% macro funnel_step_limit() -%}
    {{ return(8) }}
{%- endmacro %}
