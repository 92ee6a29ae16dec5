{#-
    Runs a data test, in `dbt build` unless it passed before on the same rows, and of a keyed table's key on those that came
    since; of one that stores its failures a table is written only if there are any.

    Shape      a materialization, in place of dbt's own; see made_from.sql. `dbt test` runs every one
    Source     dbt's opens a transaction for each question and writes a table for each empty answer: a third of what a test
               costs
-#}
{%- materialization test, adapter='duckdb' -%}
    {%- set made, before = footfall.made_from(model.unique_id, sql) if flags.WHICH == 'build' else [none, none] -%}
    {%- set stored = api.Relation.create(database=database, schema=schema, identifier=model.alias, type='table') -%}
    {%- if made and made == before -%}
        {#- Those of another build, which failed in between. -#}
        {%- if should_store_failures() and load_cached_relation(stored) -%}
            {{ drop_relation_if_exists(stored) }}
            {{ adapter.commit() }}
        {%- endif -%}
        {%- do store_raw_result('main', message='OK', code='OK', rows_affected='0', agate_table=graph.versions.passed) -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- set failing = get_limit_subquery_sql(footfall._on_rebuilt_keys(sql, before) if before else sql, config.get('limit')) -%}
    {%- set relations = [] -%}
    {%- call statement('main', fetch_result=True, auto_begin=False) -%}
        {{ get_test_sql(failing, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
    {%- endcall -%}
    {%- if should_store_failures() -%}
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
    The SQL of a test on the rows that this command made anew, if all passed before; of another test its SQL as it is. It says in
    its meta by which column of keyed tables, and of no others that changed, it is `asked_by`: rows of one value decide for
    themselves. A key test is of its table's key, and of two rows that share it one is new.
-#}
{% macro _on_rebuilt_keys(sql, before) -%}
    {%- set attached = graph.nodes.get(model.attached_node) -%}
    {%- set key = config.get('meta', {}).get('asked_by') -%}
    {%- set is_of_key = model.get('test_metadata', {}).get('name') == 'unique_by' and attached and attached.config.materialized == 'keyed' -%}
    {%- set columns, read, rebuilt = [key], [], {} -%}
    {%- if is_of_key -%}
        {%- set columns, key = model.test_metadata.kwargs.columns, attached.config.meta.key -%}
    {%- endif -%}
    {%- for id in model.depends_on.nodes if key -%}
        {%- set table = graph.nodes.get(id) -%}
        {%- if not table or table.config.materialized == 'view' -%} {{ return(sql) }} {%- endif -%}
        {%- if table.config.meta.get('key') == key -%}
            {%- set name = table.schema ~ '.' ~ table.alias -%}
            {%- if table.relation_name not in sql -%} {{ return(sql) }} {%- endif -%}
            {%- do read.append(table.relation_name) -%}
            {%- if name in graph.versions.rebuilt -%} {%- do rebuilt.update({name: graph.versions.rebuilt[name]}) -%} {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not rebuilt or footfall.made_from(model.unique_id, sql, rebuilt)[0] != before -%} {{ return(sql) }} {%- endif -%}
    {%- set is_new = footfall.is_rebuilt(key, rebuilt) -%}
    {%- set asked = namespace(sql=sql) -%}
    {%- for table in read -%}
        {%- if key not in columns -%}
            {%- set values = footfall.fingerprint(columns) -%}
            {%- set is_new = values ~ " in (select " ~ values ~ " from " ~ table ~ " where " ~ is_new ~ ")" -%}
        {%- endif -%}
        {%- set asked.sql = asked.sql.replace(table, "(select * from " ~ table ~ " where " ~ is_new ~ ")") -%}
    {%- endfor -%}
    {{ return(asked.sql) }}
{%- endmacro %}
