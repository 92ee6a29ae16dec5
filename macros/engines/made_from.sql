{#-
    What a table or a test is made from: one text that differs where its code, an input or the engine does.

    Shape      [text now, text when it was last made]; not SQL. Either is none where that cannot be told: of what reads the
               clock or a file itself, or a table that is not made by this project's materializations
    Arguments  name: under which main.table_versions keeps it; code: its compiled SQL; instead: {table: the `content` to
               take for its own}
    Source     a table says which rows it holds in one number, its `content`; views say their code, seeds their file, and of
               a source it is looked up once a command. So what is downstream of rows that did not change is not made again.
               See know_versions.sql
-#}
{% macro made_from(name, code, instead={}) -%}
    {%- set inputs, parts = [], {} -%}
    {%- if footfall.is_volatile(code) or not footfall._gather_inputs(model, inputs, code, parts) -%} {{ return([none, none]) }} {%- endif -%}
    {%- set found = [] -%}
    {%- for input in inputs | unique | sort -%}
        {%- if input in parts -%}
            {%- set content = footfall._content_of_part(input, parts[input]) -%}
        {%- else -%}
            {%- set content = instead[input] if input in instead else graph.versions.content.get(input) -%}
            {%- if not content and input.startswith('source.') -%} {%- set content = footfall._content_of_source(input) -%} {%- endif -%}
        {%- endif -%}
        {%- if not content -%} {{ return([none, none]) }} {%- endif -%}
        {%- do found.append([input, content]) -%}
    {%- endfor -%}
    {#- dbt gives the entries of one meta in another order at each parse; that of columns is the table's. -#}
    {%- set settings = [code, graph.versions.engine, found, model.columns.values() | list, model.get('constraints'), model.description, model.config] -%}
    {{ return([local_md5(tojson(settings, sort_keys=true)), graph.versions.made_from.get(name)]) }}
{%- endmacro %}

{#-
    Adds what a node reads, through its views, as main.table_versions calls it; false: it also reads what has no version.
    What its code does not name it does not read, and of what stands in known_rows or current_parameters only, it reads no
    more: of that `parts` gets the query. A keyed model goes by every row of its inputs.
-#}
{% macro _gather_inputs(node, inputs, code=none, parts={}) -%}
    {%- set looked_at = node.config.meta.get('inputs', []) | map(attribute='model') | list -%}
    {%- for id in node.depends_on.nodes -%}
        {%- set upstream = graph.nodes.get(id) -%}
        {%- set kind = upstream.config.materialized if upstream else none -%}
        {%- set name = upstream.schema ~ '.' ~ upstream.alias if upstream -%}
        {%- if code and upstream and upstream.alias not in code and 'key' not in node.config.meta -%}
        {%- elif kind in ('table', 'keyed') -%}
            {%- set known = namespace(rows=none) -%}
            {#- However it is quoted, as a table a name stands after a dot; a CTE's does not. -#}
            {%- set told = modules.re.findall('\.\s*"?' ~ upstream.alias ~ '"?(?!\w)', code) if code and upstream.name not in looked_at else [] -%}
            {%- for rows in (footfall._parts_of(upstream, code) if told else []) if code.count(rows) == told | length -%}
                {%- set known.rows = rows -%}
            {%- endfor -%}
            {%- if known.rows -%}
                {%- do inputs.append('part of ' ~ name) -%}
                {%- do parts.update({'part of ' ~ name: known.rows}) -%}
            {%- else -%}
                {%- do inputs.append(name) -%}
            {%- endif -%}
        {%- elif id.startswith('source.') -%}
            {%- do inputs.append(id) -%}
        {%- elif kind == 'seed' -%}
            {%- do inputs.append('seed ' ~ upstream.alias) -%}
        {%- elif kind == 'view' -%}
            {%- do inputs.append('view ' ~ name) -%}
            {%- if not footfall._gather_inputs(upstream, inputs) -%} {{ return(false) }} {%- endif -%}
        {%- else -%}
            {{ return(false) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{#- The parts of a table at which a model with this code may look alone, as relations. -#}
{% macro _parts_of(table, code) -%}
    {%- set parts = [] -%}
    {%- for column in ['available_as_of', 'label_known_at'] if 'int_training_moment' in code -%}
        {%- do parts.append(footfall.known_rows(table.relation_name, column)) -%}
        {%- do parts.append(footfall.known_rows(table.relation_name, column, purpose='train')) -%}
    {%- endfor -%}
    {%- for task in (footfall.checked_splits() if table.name == 'ftr_fitted_parameters' else []) -%}
        {%- do parts.append(footfall.current_parameters(task, table.relation_name)) -%}
    {%- endfor -%}
    {%- if table.name == 'stg_landing__files' -%}
        {%- set of_any = modules.re.escape(footfall.landed_files('SOURCE', 'ENTITY', table.relation_name)) -%}
        {%- do parts.extend(modules.re.findall(of_any | replace('SOURCE', '\w+') | replace('ENTITY', '\w+'), code) | unique) -%}
    {%- endif -%}
    {{ return(parts) }}
{%- endmacro %}

{#-
    Landed rows never change: which there are, of which file and load, is what they are. Of what has no such columns each value
    counts.
-#}
{% macro _content_of_source(id) -%}
    {%- set table = graph.sources[id].relation_name -%}
    {%- set types = column_types(table) -%}
    {%- set lineage = ['_file_id', '_row_number', '_dlt_load_id'] -%}
    {%- set row = 'whole_row' if lineage | reject('in', types) | list else lineage | join(', ') -%}
    {%- set rows = run_query('select count(*), cast(sum(cast(hash(' ~ row ~ ') as hugeint)) as varchar) from ' ~ table ~ ' as whole_row').rows[0] -%}
    {%- do graph.versions.content.update({id: local_md5(tojson([types, rows[0] | int, rows[1]]))}) -%}
    {{ return(graph.versions.content[id]) }}
{%- endmacro %}

{#- The content of part of a table, read once while the table holds the same, and the training moment, which known_rows asks. -#}
{% macro _content_of_part(name, rows) -%}
    {%- set known = graph.versions -%}
    {%- set table = known.content.get(name.removeprefix('part of ')) -%}
    {%- set training = graph.nodes.get('model.' ~ project_name ~ '.int_training_moment') -%}
    {%- set moment = known.content.get(training.schema ~ '.' ~ training.alias) if training -%}
    {%- set told, made = 'part ' ~ local_md5(rows), local_md5(tojson([known.engine, rows, table, moment])) -%}
    {%- if not table -%} {{ return(none) }} {%- endif -%}
    {%- if known.made_from.get(told) != made -%}
        {%- set content = run_query('select ' ~ footfall._content_of(rows, is_part=true)).rows[0][0] -%}
        {%- do known.asked.update({told: [made, content]}) -%}
        {%- do known.content.update({told: content}) -%}
        {%- do known.made_from.update({told: made}) -%}
    {%- endif -%}
    {{ return(known.content[told]) }}
{%- endmacro %}

{#- The statements that keep what a table is made from, in the transaction that makes it; content: what its rows are. -#}
{% macro _keep_version(name, made, content) -%}
    delete from {{ target.schema }}.table_versions where table_name = '{{ name }}';
    insert into {{ target.schema }}.table_versions
    select '{{ name }}', {{ "'" ~ made ~ "'" if made else 'null' }}, {{ content }};
{%- endmacro %}

{#- What it kept. -#}
{% macro _kept_version(name) -%}
    select made_from, content from {{ target.schema }}.table_versions where table_name = '{{ name }}'
{%- endmacro %}

{#-
    Types and rows, whatever their order; relation: may be a query. What a row was made from counts, as keyed models go by it,
    but in a part: a known row may be made anew of what came to be known later.
-#}
{% macro _content_of(relation, is_part=false) -%}
    (
        select md5(concat_ws(
            '|', (select string_agg(column_name || ' ' || column_type, ', ') from (describe from {{ relation }})),
            count(*), sum(cast(hash(whole_row) as hugeint))
        ))
        from (select {{ "columns(name -> name <> 'input_fingerprint')" if is_part else '*' }} from {{ relation }}) as whole_row
    )
{%- endmacro %}
