{#-
    What funnels can be broken down by: columns of fct_events, read at one step's event.

    Shape      list of strings; not SQL
    Example    a new one stands here, in fct_funnel_units and in its YAML
-#}
{% macro funnel_dimensions() -%}
    {{ return(['platform', 'source', 'utm_source', 'utm_medium', 'utm_campaign', 'product_id']) }}
{%- endmacro %}
