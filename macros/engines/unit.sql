{#-
    Runs a unit test: the model on the given rows beside the rows expected of it; dbt compares the two.

    Shape      one query; nothing is written
    Errors     an expected column that the model does not have stops the test
    Source     dbt's own makes a table to learn the model's types, and drops it: a quarter of what a unit test costs
-#}
{%- materialization unit, adapter='duckdb' -%}
    {%- set types = column_types(sql) -%}
    {%- set expected_rows = config.get('expected_rows') -%}
    {%- set columns = expected_rows[0].keys() | map('lower') | list if expected_rows else types.keys() | list -%}
    {%- set expected_sql = config.get('expected_sql') or get_expected_sql(expected_rows, types, {}) -%}
    {%- set quoted = [] -%}
    {%- for column in columns -%} {%- do quoted.append(adapter.quote(column)) -%} {%- endfor -%}
    {%- call statement('main', fetch_result=True) -%}
        {{ get_unit_test_sql(sql, expected_sql, quoted) }}
    {%- endcall -%}
    {{ return({'relations': []}) }}
{%- endmaterialization -%}
