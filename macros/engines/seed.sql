{#-
    A seed that is loaded again only when its file or its settings changed.

    Shape      a materialization, around dbt's own; table main.seed_versions says what was loaded
    Source     a build of nothing spent two of its seconds on writing equal rows. The version goes before the rows go and
               comes after them: a crash in between loads them once more, whatever the file says by then. The table
               goes too, for it may have other columns
-#}
{% materialization seed, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set versions = target.schema ~ '.seed_versions' -%}
    {%- set settings = [model.config.column_types, model.config.get('delimiter'), model.config.get('quote_columns'), model.columns, model.description] -%}
    {%- set version = local_md5(tojson([footfall._bytes_of_seed(), settings], sort_keys=true)) -%}
    {%- set name = 'seed ' ~ this.identifier -%}
    {%- if existing is not none and graph.versions.content.get(name) == version and not should_full_refresh() -%}
        {#- dbt asks for the rows it would show. -#}
        {%- do store_result('agate_table', response='OK', agate_table=graph.versions.passed) -%}
        {%- call noop_statement('main', 'unchanged') -%} {%- endcall -%}
        {{ return({'relations': [existing]}) }}
    {%- endif -%}
    {%- do run_query("delete from " ~ versions ~ " where seed_name = '" ~ this.identifier ~ "'") -%}
    {%- do adapter.commit() -%}
    {%- if existing is not none -%} {%- do adapter.drop_relation(existing) -%} {%- endif -%}
    {%- set loaded = dbt.materialization_seed_default() -%}
    {%- do run_query("insert into " ~ versions ~ " values ('" ~ this.identifier ~ "', '" ~ version ~ "')") -%}
    {%- do adapter.commit() -%}
    {{ footfall._know(name, none, version) }}
    {{ return(loaded) }}
{% endmaterialization %}

{#- What the file holds. Above 1 MiB dbt's own checksum is the file's path, whatever stands in it. -#}
{% macro _bytes_of_seed() -%}
    {%- if model.checksum.name != 'path' -%} {{ return(model.checksum.checksum) }} {%- endif -%}
    {%- set path = (model.root_path ~ '/' ~ model.original_file_path) | replace("'", "''") -%}
    {{ return(run_query("select md5(content) from read_blob('" ~ path ~ "')").rows[0][0]) }}
{%- endmacro %}
