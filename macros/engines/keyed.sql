{#-
    A table that is rebuilt key by key: exactly the keys whose inputs changed, without those that vanished.

    Shape      a materialization. The model begins with `keyed_by(…)`, joins its inputs to `changed_keys()` and carries
               that relation's two columns, the key and `input_fingerprint`, in every row
    Source     a row is right if it carries the present fingerprint of what it was made from. So a crash, a late row, a
               restatement and a deletion all heal at the next build; keys are not looked at while the model is made from what
               it was made from (made_from.sql), nor more than those that this command rebuilt above it, where only they can
               be others (keys_above.sql). The compiled text of the model, and of the views it reads, is part of the
               fingerprint, and so is the engine's version: an edited model, macro or var rebuilds what depends on it, and so
               does another engine
-#}
{% materialization keyed, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set name = target.schema ~ '.' ~ target.identifier -%}
    {%- set made, before = footfall.made_from(name, compiled_code) -%}
    {%- set built = existing if not should_full_refresh() and footfall._is_keyed(existing) else none -%}
    {%- set is_looked_at = built is none or not made or made != before -%}
    {%- if not is_looked_at -%}
        {%- call noop_statement('main', 'unchanged') -%} {{ compiled_code }} {%- endcall -%}
    {%- else -%}
        {%- set words = graph.versions.content.get('words of ' ~ name, '') if built is not none -%}
        {%- set is_reshaped = built is none or words.split(' ')[0] != footfall._shape() -%}
        {%- set above = [] if is_reshaped else footfall.keys_above(name, compiled_code, before) -%}
        {%- set counts = footfall._compare_keys(built, above) -%}
        {%- if above and counts.is_little_left -%}
            {%- set above = [] -%}
            {%- set counts = footfall._compare_keys(built, above) -%}
        {%- endif -%}
        {#- Where little is left, writing the table anew is faster; it also takes over changed columns, which change every key there is, and a changed
            contract, which changes none. -#}
        {%- set is_whole = is_reshaped or counts.is_little_left -%}
        {%- if is_whole and counts.changed < counts.present -%}
            {%- do run_query("update " ~ footfall._keys_name() ~ " set is_changed = true where is_present") -%}
        {%- endif -%}
        {%- call statement('rows', fetch_result=True) -%}
            {%- if is_whole -%}
            {{ footfall._replace_table(target, compiled_code) }}
            {%- elif counts.changed + counts.vanished > 0 -%}
            {{ footfall._replace_keys(target, compiled_code) }}
            {%- endif -%}
            {{ footfall._keep_rebuilt(name, target, is_whole) }}
            {#- Words may change where no row does. -#}
            {%- if not is_whole and words != footfall._words() %}
            {{ footfall._describe(target) }}
            {%- endif %}
            {{ footfall._keep_version(name, made, footfall._content_of_keys(target)) }}
            drop table {{ footfall._keys_name() }};
            {{ footfall._kept_version(name) }}
        {%- endcall -%}
        {%- call noop_statement('main', counts.changed ~ ' of ' ~ counts.present ~ (' keys above, ' if above else ' keys, ') ~ counts.vanished ~ ' gone') -%} {{ compiled_code }} {%- endcall -%}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {%- if is_looked_at -%}
        {%- if graph.versions and not is_whole -%} {%- do graph.versions.rebuilt.update({name: graph.versions.content.get(name)}) -%} {%- endif -%}
        {{ footfall._know(name, *load_result('rows').data[0]) }}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- A table of an older version of the model may lack the two columns. -#}
{% macro _is_keyed(relation) -%}
    {%- set name = relation.schema ~ '.' ~ relation.identifier if relation is not none and relation.is_table -%}
    {%- set columns = graph.versions.content.get('columns of ' ~ name, '').split(', ') -%}
    {{ return(config.get('meta')['key'] in columns and 'input_fingerprint' in columns) }}
{%- endmacro %}

{#- Temporary: each connection has its own. -#}
{% macro _keys_name() -%}
    {{ adapter.quote(model.name ~ '__keys') }}
{%- endmacro %}

{#-
    Compares the keys, all or those rebuilt above; how many there are, changed and vanished. Committed at once: of rows of its own
    transaction the planner sees none, and holds the wide side of every join in memory.
-#}
{% macro _compare_keys(built, above) -%}
    {%- call statement('keys', fetch_result=True, auto_begin=False) -%}
        {{ footfall._compared_keys(built, above) }};
        select
            count(*) filter (is_present),
            count(*) filter (is_changed),
            count(*) filter (not is_present),
            coalesce(cast(sum(row_count) filter (is_changed or not is_present) as bigint), 0),
            {{ '(select count(*) from ' ~ built ~ ' where ' ~ config.get('meta').told_by ~ ')' if built is not none else 0 }}
        from {{ footfall._keys_name() }}
    {%- endcall -%}
    {%- set present, changed, vanished, going, rows = load_result('keys').data[0] -%}
    {#- Where there is no row, nothing tells. -#}
    {%- set is_little_left = rows == 0 or (2 * going > rows if above else 2 * changed > present or present == 0) -%}
    {{ return({'present': present, 'changed': changed, 'vanished': vanished, 'is_little_left': is_little_left}) }}
{%- endmacro %}

{#- Every key, present or built, with its present fingerprint; a sum does not mind the order of rows. -#}
{% macro _compared_keys(built, above) -%}
    {%- set meta = config.get('meta') -%}
    {#- Of a moment that it has to ask for itself the planner knows nothing, and holds the wide side of the next join in memory. -#}
    {%- for input in meta.inputs if input.until %}
    set variable last_moment_{{ meta.inputs.index(input) }} = (select max({{ input.until[2] }}) from {{ ref(input.until[1]) }});
    {%- endfor %}
    create or replace temporary table {{ footfall._keys_name() }} as
    with inputs as (
        {%- for input in meta.inputs %}
        select
            {{ input.key }} as {{ meta.key }},
            {{ loop.index }} as input,
            {{ input.fingerprint }} as input_fingerprint
        from {{ source(*input.source) if input.source else ref(input.model) }} as whole_row
        where ({{ input.where }})
        {%- if input.until %}
            and {{ input.until[0] }} <= getvariable('last_moment_{{ loop.index0 }}')
        {%- endif %}
        {%- if above %}
            and {{ footfall.is_rebuilt(input.key, above) }}
        {%- endif %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),
    present as (
        {#- Bigints, a bit shorter than the hashes, are summed faster than hugeints. #}
        select
            {{ meta.key }},
            hash(
                sum(cast(hash(input, input_fingerprint) >> 1 as bigint)), count(*), '{{ local_md5(compiled_code) }}', version()
                {%- for constant in meta.constants %},
                (select [count(*), sum(cast({{ footfall.fingerprint(['constant.*']) }} as hugeint))] from {{ ref(constant) }} as constant)
                {%- endfor %}
                {%- for shown in meta.columns_of %}
                {%- set landed = source(*shown) %},
                (
                    select string_agg(column_name || ' ' || data_type, ', ' order by column_index) from duckdb_columns()
                    where database_name || '.' || schema_name || '.' || table_name
                        = '{{ landed.database ~ '.' ~ landed.schema ~ '.' ~ landed.identifier }}'
                )
                {%- endfor %}
                {%- for view in footfall._views_above(model) | unique %},
                (select any_value(comment) from duckdb_views() where schema_name || '.' || view_name = '{{ view }}')
                {%- endfor %}
            ) as input_fingerprint
        from inputs
        group by {{ meta.key }}
        having true
            {%- for input in meta.inputs if input.required %}
            and bool_or(input = {{ meta.inputs.index(input) + 1 }})
            {%- endfor %}
    ),
    built as (
        {%- if built is not none %}
        -- Rows of one key that disagree are none of them right.
        select
            {{ meta.key }},
            case when min(input_fingerprint) = max(input_fingerprint) then min(input_fingerprint) end
                as input_fingerprint,
            count(*) as row_count
        from {{ built }}
        where ({{ meta.told_by }})
        {%- if above %}
            and {{ footfall.is_rebuilt(meta.key, above) }}
        {%- endif %}
        group by {{ meta.key }}
        {%- else %}
        select {{ meta.key }}, input_fingerprint, 0 as row_count from present where false
        {%- endif %}
    )
    select
        coalesce(present.{{ meta.key }}, built.{{ meta.key }}) as {{ meta.key }},
        present.input_fingerprint,
        built.row_count,
        present.{{ meta.key }} is not null as is_present,
        present.{{ meta.key }} is not null
        and present.input_fingerprint is distinct from built.input_fingerprint as is_changed
    from present
    full join built on present.{{ meta.key }} = built.{{ meta.key }}
{%- endmacro %}

{#- Schema and name of every view between a model and the tables below it. -#}
{% macro _views_above(node) -%}
    {%- set views = [] -%}
    {%- for id in node.depends_on.nodes -%}
        {%- set upstream = graph.nodes.get(id) -%}
        {%- if upstream and upstream.config.materialized == 'view' -%}
            {%- do views.append(upstream.schema ~ '.' ~ upstream.alias) -%}
            {%- do views.extend(footfall._views_above(upstream)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(views) }}
{%- endmacro %}

{#- A key's rows are told by its fingerprint. -#}
{% macro _content_of_keys(table) -%}
    (
        select concat_ws('|', count(*), sum(cast(hash({{ config.get('meta').key }}, input_fingerprint) as hugeint)))
        from {{ table }} where {{ config.get('meta').told_by }}
    )
{%- endmacro %}

{#- The keys by which the table now differs from what it was: to a test that passed then, the others are known (test.sql). -#}
{% macro _keep_rebuilt(name, table, is_whole) -%}
    {%- if not is_whole %}
    {%- set key = config.get('meta').key %}
    insert into {{ target.schema }}.rebuilt_keys
    select '{{ name }}', cast(cast({{ key }} as {{ column_types(table)[key] }}) as varchar)
    from {{ footfall._keys_name() }}
    where is_changed or not is_present;
    {%- endif %}
{%- endmacro %}

{% macro _replace_keys(target, compiled_code) -%}
    {%- set key = config.get('meta').key -%}
    {%- if config.get('contract').enforced -%} {{ get_assert_columns_equivalent(compiled_code) }} {%- endif -%}
    delete from {{ target }} using {{ footfall._keys_name() }} as keys
    where keys.{{ key }} is not distinct from {{ target }}.{{ key }} and (keys.is_changed or not keys.is_present);
    insert into {{ target }} by name {{ compiled_code }};
{%- endmacro %}
