{#-
    Reads once what the build keeps of its tables, tests, views and seeds; see made_from.sql. What is made in this command says so
    itself, with `_know`.

    Shape      no SQL: `versions` in dbt's graph, which all nodes of a command share: engine; made_from and content, by name:
               schema.table, `view schema.view`, `seed name`, a test's and a source's id, `part …`, `words of schema.table`,
               and `columns of schema.table` as the command found it; rebuilt, {schema.table: content before} of what this
               command makes key by key; passed, the result of a test that is not asked again; and asked,
               {name: [made_from, content]} of tests that passed and parts that were read in this command, see
               record_passed.sql. Run when a command that touches the warehouse starts
    Source     asked of the engine by each of 400 nodes, it was 390 of the 970 statements of a build with nothing new
-#}
{% macro know_versions() -%}
    {{ return(adapter.dispatch('know_versions', 'footfall')()) }}
{%- endmacro %}

{% macro default__know_versions() -%}
    {%- if execute -%}
        {#- `dbt compile` and `dbt docs` ask before anything was built, and run none of what makes the two tables. -#}
        {%- set kept = run_query(
            "select count(*) from duckdb_tables() where database_name = current_database() and schema_name = '" ~ target.schema
            ~ "' and table_name in ('table_versions', 'seed_versions')"
        ).rows[0][0] == 2 -%}
        {%- set query -%}
            {%- if kept %}
            select table_name, made_from, content from {{ target.schema }}.table_versions
            union all
            select 'seed ' || seed_name, null, version from {{ target.schema }}.seed_versions
            union all
            {%- endif %}
            select 'view ' || schema_name || '.' || view_name, null, comment from duckdb_views() where comment like 'code %'
            union all
            select 'columns of ' || schema_name || '.' || table_name, null, string_agg(lower(column_name), ', ')
            from duckdb_columns() where database_name = current_database() and not internal
            group by schema_name, table_name
            union all
            select '', null, version()
        {%- endset -%}
        {%- set made_from, content = {}, {} -%}
        {%- for row in run_query(query).rows -%}
            {%- do made_from.update({row[0]: row[1]}) -%}
            {%- do content.update({row[0]: row[2]}) -%}
        {%- endfor -%}
        {%- set passed = run_query('select 0 as failures, false as should_warn, false as should_error') -%}
        {%- do graph.update({'versions': {
            'engine': content[''], 'made_from': made_from, 'content': content, 'rebuilt': {}, 'passed': passed, 'asked': {},
        }}) -%}
    {%- endif -%}
{%- endmacro %}

{# On a cluster every node is made in every build. #}
{% macro spark__know_versions() -%}
{%- endmacro %}

{#- What a table or a view is from here on; once it is committed. A project that keeps no versions has none to know. -#}
{% macro _know(name, made_from, content) -%}
    {%- if graph.versions -%}
        {%- do graph.versions.made_from.update({name: made_from}) -%}
        {%- do graph.versions.content.update({name: content}) -%}
    {%- endif -%}
{%- endmacro %}
