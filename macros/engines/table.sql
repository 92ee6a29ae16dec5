{#-
    A table that is made anew, in one transaction, in each build that has another code or other rows to make it from.

    Shape      a materialization, in place of dbt's own; see made_from.sql
    Arguments  meta.follows: a keyed model that it reads; meta.by: a column of both, as is that model's key. The rows of one
               value are made from those of it alone, so where only keys of the model were rebuilt only values in them are
               made anew; null makes none. Or meta.rebuilt_by: a column, of which the command then knows in which values the
               rows are others than they were, as of a keyed model (keys_above.sql)
    Source     dbt's writes beside the table and renames twice; each renaming costs as much as the statement itself.
               DuckDB replaces a table in a transaction: whoever reads meanwhile sees the old one, a failure leaves it
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- set name = target.schema ~ '.' ~ target.identifier -%}
    {%- set made, before = footfall.made_from(name, compiled_code) -%}
    {%- set is_made = not (made and made == before and load_cached_relation(target).is_table and not should_full_refresh()) -%}
    {%- if not is_made -%}
        {%- call noop_statement('main', 'unchanged') -%} {{ compiled_code }} {%- endcall -%}
    {%- else -%}
        {%- set followed = footfall._rebuilt_above(name, compiled_code, before) -%}
        {%- if followed -%}
            {%- call statement('values', auto_begin=False) -%} {{ footfall._values_made_anew(target, followed) }} {%- endcall -%}
        {%- endif -%}
        {%- set by = footfall._compared_by(name, target) -%}
        {%- call statement('main', fetch_result=True) -%}
            {{ footfall._keep_before(target, by) if by }}
            {{ footfall._replace_values(target, compiled_code, followed) if followed else footfall._replace_table(target, compiled_code) }}
            {{ footfall._keep_others(name, target, by) if by }}
            {{ footfall._keep_version(name, made, footfall._content_of(target)) }}
            {{ footfall._kept_version(name) }}
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {%- if is_made -%}
        {%- if by -%} {%- do graph.versions.rebuilt.update({name: graph.versions.content[name]}) -%} {%- endif -%}
        {{ footfall._know(name, *load_result('main').data[0]) }}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- The model that a table follows, if what it is made from is as it was but for keys of that one which this command rebuilt. -#}
{% macro _rebuilt_above(name, code, before) -%}
    {%- for id in model.depends_on.nodes if before and not should_full_refresh() -%}
        {%- set above = graph.nodes.get(id) -%}
        {%- set table = above.schema ~ '.' ~ above.alias if above and above.name == config.get('meta', {}).get('follows') -%}
        {%- if table and table in graph.versions.rebuilt and load_cached_relation(this).is_table
            and footfall.made_from(name, code, {table: graph.versions.rebuilt[table]})[0] == before -%}
            {{ return(above) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}

{#- Temporary: each connection has its own. -#}
{% macro _values_name() -%}
    {{ adapter.quote(model.name ~ '__values') }}
{%- endmacro %}

{#- Of rows that are there now, and of those that were when the table was made. -#}
{% macro _values_made_anew(target, followed) -%}
    {%- set by = config.get('meta').by -%}
    create or replace temporary table {{ footfall._values_name() }} as
    {%- for relation in [followed.relation_name, target] %}
    select {{ by }} from {{ relation }}
    where {{ footfall.is_rebuilt(followed.config.meta.key, [followed.schema ~ '.' ~ followed.alias]) }} and {{ by }} is not null
    {{ 'union' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro _replace_values(target, compiled_code, followed) -%}
    {%- set is_made = config.get('meta').by ~ ' in (from ' ~ footfall._values_name() ~ ')' -%}
    {%- if config.get('contract').enforced -%} {{ get_assert_columns_equivalent(compiled_code) }} {%- endif -%}
    delete from {{ target }} where {{ is_made }};
    insert into {{ target }} by name
    {{ compiled_code | replace(followed.relation_name, '(select * from ' ~ followed.relation_name ~ ' where ' ~ is_made ~ ')') }};
{%- endmacro %}

{#- The column by which a table's rows can be compared with what they were; none where it was not there, or not kept. -#}
{% macro _compared_by(name, table) -%}
    {%- set by = config.get('meta', {}).get('rebuilt_by') -%}
    {%- set was_there = graph.versions and name in graph.versions.content and load_cached_relation(table).is_table -%}
    {{ return(by if was_there and by in graph.versions.content.get('columns of ' ~ name, '').split(', ') else none) }}
{%- endmacro %}

{% macro _before_name() -%}
    {{ adapter.quote(model.name ~ '__before') }}
{%- endmacro %}

{% macro _rows_by(table, by) -%}
    select {{ by }}, sum(cast({{ footfall.fingerprint(['whole_row.*']) }} as hugeint)) as fingerprints
    from {{ table }} as whole_row group by {{ by }}
{%- endmacro %}

{% macro _keep_before(table, by) -%}
    create or replace temporary table {{ footfall._before_name() }} as {{ footfall._rows_by(table, by) }};
{%- endmacro %}

{#- As of a keyed model; see record_versions.sql. -#}
{% macro _keep_others(name, table, by) -%}
    insert into {{ target.schema }}.rebuilt_keys
    select '{{ name }}', cast(coalesce(rows_before.{{ by }}, rows_now.{{ by }}) as varchar)
    from {{ footfall._before_name() }} as rows_before
    full join ({{ footfall._rows_by(table, by) }}) as rows_now on rows_before.{{ by }} = rows_now.{{ by }}
    where rows_before.fingerprints is distinct from rows_now.fingerprints;
    drop table {{ footfall._before_name() }};
{%- endmacro %}

{#- The statements that put a table in place of whatever has its name, under its contract and with its descriptions. -#}
{% macro _replace_table(target, compiled_code) -%}
    {%- set existing = load_cached_relation(target) -%}
    {%- if existing is not none and not existing.is_table -%} {%- do adapter.drop_relation(existing) -%} {%- endif -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
        create or replace table {{ target }} {{ get_table_columns_and_constraints() }};
        insert into {{ target }} {{ get_column_names() }} ({{ get_select_subquery(compiled_code) }});
    {%- else -%}
        create or replace table {{ target }} as ({{ compiled_code }});
    {%- endif %}
    {{ footfall._describe(target) }}
{%- endmacro %}

{#- The statements that put the descriptions of a table and of its columns into the database; of a keyed one which words these are. -#}
{% macro _describe(target) -%}
    {%- set is_keyed = 'key' in config.get('meta', {}) -%}
    {%- if is_keyed -%}
        {{ footfall._keep_version('words of ' ~ target.schema ~ '.' ~ target.identifier, none, "'" ~ footfall._words() ~ "'") }}
    {%- endif -%}
    {#- A keyed table stays, and so would what it no longer says. #}
    {%- if config.persist_relation_docs() and (model.description or is_keyed) %}
    comment on table {{ target }} is {{ duckdb_escape_comment(model.description) if model.description else 'null' }};
    {%- endif %}
    {%- if config.persist_column_docs() %}
    {%- for name, column in model.columns.items() if column.description or is_keyed %}
    comment on column {{ target }}.{{ adapter.quote(name) }} is {{ duckdb_escape_comment(column.description) if column.description else 'null' }};
    {%- endfor %}
    {%- endif %}
{%- endmacro %}

{#- The words of a model, after its shape: 30 columns' take as long to say as a thousand rows to write. -#}
{% macro _words() -%}
    {{ return(footfall._shape() ~ ' ' ~ local_md5(tojson([model.description, model.columns, model.config.persist_docs], sort_keys=true))) }}
{%- endmacro %}

{#- The columns under their contract, in their order, each with its type and constraints. -#}
{% macro _shape() -%}
    {%- set shape = [] -%}
    {%- for name, column in (model.columns.items() if config.get('contract').enforced else []) -%}
        {%- do shape.append([name, column.data_type, column.constraints]) -%}
    {%- endfor -%}
    {{ return(local_md5(tojson([shape, model.constraints], sort_keys=true))) }}
{%- endmacro %}
