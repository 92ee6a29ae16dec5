{#-
    Runs a data test, in `dbt build` unless it passed before on the same rows; of one that stores its failures a table is
    written only if there are any.

    Shape      a materialization, in place of dbt's own; see made_from.sql. `dbt test` runs every one
    Source     dbt's opens a transaction for each question and writes a table for each empty answer: a third of what a test
               costs
-#}
{%- materialization test, adapter='duckdb' -%}
    {%- set made, before = footfall.made_from(model.unique_id, sql) if flags.WHICH == 'build' else [none, none] -%}
    {%- if made and made == before -%}
        {%- call statement('main', fetch_result=True, auto_begin=False) -%}
            select 0 as failures, false as should_warn, false as should_error
        {%- endcall -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
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
    {%- if made and load_result('main').data[0][0] | int == 0 -%}
        {%- do run_query("insert into passed.tests values ('" ~ model.unique_id ~ "', '" ~ made ~ "')") -%}
    {%- endif -%}
    {{ return({'relations': relations}) }}
{%- endmaterialization -%}
