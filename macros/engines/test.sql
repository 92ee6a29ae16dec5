{#-
    Runs a data test; of one that stores its failures a table is written only if there are any.

    Shape      a materialization, in place of dbt's own
    Source     dbt's opens a transaction for each question and writes a table for each empty answer: a third of what a test
               costs
-#}
{%- materialization test, adapter='duckdb' -%}
    {%- set failing = get_limit_subquery_sql(sql, config.get('limit')) -%}
    {%- set relations = [] -%}
    {%- call statement('main', fetch_result=True, auto_begin=False) -%}
        {{ get_test_sql(failing, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
    {%- endcall -%}
    {%- if should_store_failures() -%}
        {%- set stored = api.Relation.create(database=database, schema=schema, identifier=model.alias, type='table') -%}
        {{ drop_relation_if_exists(load_cached_relation(stored)) }}
        {%- if load_result('main').data[0][0] | int > 0 -%}
            {%- call statement('failures') -%} create or replace table {{ stored }} as ({{ failing }}) {%- endcall -%}
            {%- do relations.append(stored) -%}
        {%- endif -%}
        {{ adapter.commit() }}
    {%- endif -%}
    {{ return({'relations': relations}) }}
{%- endmaterialization -%}
