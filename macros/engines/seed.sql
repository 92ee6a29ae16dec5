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
    {%- set version = local_md5(tojson([model.checksum.checksum, model.config.column_types, model.columns, model.description], sort_keys=true)) -%}
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
