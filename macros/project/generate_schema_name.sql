{#-
    The schema of a node is exactly its layer's name.

    Shape      a name; dbt calls it for every node
    Example    a model in models/marts lives in schema marts, not main_marts
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
