{#-
    A view, with the digest of its compiled text in its comment, where whoever is made from it looks whether it changed.

    Shape      a materialization, in place of dbt's own
    Source     DuckDB prints a view's own text differently after the file was closed once. dbt's view renames twice; see
               table.sql
-#}
{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(target) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and not existing.is_view -%} {%- do adapter.drop_relation(existing) -%} {%- endif -%}
    {%- set version = ('volatile ' if footfall.is_volatile(compiled_code) else 'code ') ~ local_md5(compiled_code) -%}
    {%- call statement('main') -%}
        {%- if config.get('contract').enforced -%} {{ get_assert_columns_equivalent(compiled_code) }} {%- endif %}
        create or replace view {{ target }} as ({{ compiled_code }});
        comment on view {{ target }} is '{{ version }}';
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ footfall._know('view ' ~ target.schema ~ '.' ~ target.identifier, none, version if version.startswith('code ') else none) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
