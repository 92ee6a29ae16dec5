{#-
    Runs a data test, in `dbt build` unless it passed before on the same rows, and of a keyed table's key on those that came
    since; of one that stores its failures a table is written only if there are any.

    Shape      a materialization, in place of dbt's own; see made_from.sql. `dbt test` runs every one
    Source     dbt's opens a transaction for each question and writes a table for each empty answer: a third of what a test
               costs
-#}
{%- materialization test, adapter='duckdb' -%}
    {%- set made, before = footfall.made_from(model.unique_id, sql) if flags.WHICH == 'build' else [none, none] -%}
    {%- if made and made == before -%}
        {%- do store_raw_result('main', message='OK', code='OK', rows_affected='0', agate_table=graph.versions.passed) -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- set failing = get_limit_subquery_sql(footfall._on_rebuilt_keys(sql, before) if before else sql, config.get('limit')) -%}
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
        {%- do graph.versions.asked.update({model.unique_id: [made, none]}) -%}
    {%- endif -%}
    {{ return({'relations': relations}) }}
{%- endmaterialization -%}

{#-
    The SQL of a key test, on the rows that have the values of a rebuilt one, if all passed before those were rebuilt: of two rows
    that share a key one is new. Of any other test its SQL as it is.
-#}
{% macro _on_rebuilt_keys(sql, before) -%}
    {%- set table = graph.nodes.get(model.attached_node) -%}
    {%- if not table or table.config.materialized != 'keyed' or model.get('test_metadata', {}).get('name') != 'unique_by' -%}
        {{ return(sql) }}
    {%- endif -%}
    {%- set name = table.schema ~ '.' ~ table.alias -%}
    {%- set rebuilt = target.schema ~ ".rebuilt_keys where table_name = '" ~ name ~ "'" -%}
    {%- set present = "(select content from " ~ target.schema ~ ".table_versions where table_name = '" ~ name ~ "')" -%}
    {%- set content = run_query("select any_value(content_before) from " ~ rebuilt ~ " and content = " ~ present).rows[0][0] -%}
    {%- set all_rows = 'from ' ~ table.relation_name -%}
    {%- if not content or sql.count(all_rows) != 1 or footfall.made_from(model.unique_id, sql, [name, content])[0] != before -%}
        {{ return(sql) }}
    {%- endif -%}
    {%- set key, columns = table.config.meta.key, model.test_metadata.kwargs.columns -%}
    {%- set is_new = "cast(" ~ key ~ " as varchar) in (select key_value from " ~ rebuilt ~ ")" -%}
    {%- if key not in columns -%}
        {%- set values = footfall.fingerprint(columns) -%}
        {%- set is_new = values ~ " in (select " ~ values ~ " " ~ all_rows ~ " where " ~ is_new ~ ")" -%}
    {%- endif -%}
    {{ return(sql.replace(all_rows, "from (select * " ~ all_rows ~ " where " ~ is_new ~ ") as those_since")) }}
{%- endmacro %}
