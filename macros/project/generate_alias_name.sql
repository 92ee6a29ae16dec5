{#-
    The table of a node has its name; in schema ops the prefix would say it twice.

    Shape      a name; dbt calls it for every node
    Example    ops_row_accounting is the table ops.row_accounting
-#}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- set name = (custom_alias_name or node.name) | trim -%}
    {{ name[4:] if node.resource_type == 'model' and name.startswith('ops_') else name }}
{%- endmacro %}
