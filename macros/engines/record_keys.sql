{#-
    Writes into the build by which columns a row of each table is found, as its key test names them.
    Exports stand in that order.

    Shape      statements: table main.table_keys (schema_name, table_name, key_columns); run when a
               command that touches the warehouse starts
    Nulls      a table without `unique_by` is not listed
-#}
{% macro record_keys() -%}
    {{ return(adapter.dispatch('record_keys', 'footfall')()) }}
{%- endmacro %}

{% macro default__record_keys() -%}
    create or replace table {{ target.schema }}.table_keys (
        schema_name varchar, table_name varchar, key_columns varchar []
    );
    {%- set nodes = graph.get('nodes', {}) -%}
    {%- set keys = [] -%}
    {%- for test in nodes.values() | selectattr('resource_type', 'eq', 'test') | sort(attribute='unique_id')
        if test.get('test_metadata') and test.test_metadata.name == 'unique_by' and test.attached_node -%}
        {%- set node = nodes[test.attached_node] -%}
        {%- do keys.append("('" ~ node.schema ~ "', '" ~ node.alias ~ "', " ~ test.test_metadata.kwargs.columns ~ ")") -%}
    {%- endfor %}
    {%- if keys %}
    insert into {{ target.schema }}.table_keys values
    {{ keys | join(',\n    ') }};
    {%- endif %}
{%- endmacro %}

{# On a cluster nothing is exported from the build. #}
{% macro spark__record_keys() -%}
{%- endmacro %}
