{#-
    The tables whose keys, those that this command rebuilt, are all that a keyed model has to look at: since it was made, nothing
    else changed that it goes by.

    Shape      list of schema.table, empty where every key has to be looked at; not SQL
    Arguments  name: schema.table of the model; code: its compiled SQL; before: what it was made from, see made_from.sql. An
               input of keyed_by follows the table that it is, or of a view those that it says it `follows`, keyed ones or
               `rebuilt_by` its key: what it has of a key is made of their rows of that key, and of rows that did not change
    Source     comparing keys that nothing above had touched was a quarter of an hourly build
-#}
{% macro keys_above(name, code, before) -%}
    {%- set followed, others, keys = [], [], {} -%}
    {%- for input in config.get('meta').inputs if input.model -%}
        {%- set follows = [] -%}
        {%- for one in input.follows or [input.model] -%}
            {%- set above = footfall._model_named(one) -%}
            {%- set key = (above.config.meta.get('key') or above.config.meta.get('rebuilt_by')) if above -%}
            {#- With a device, its id is the actor's. -#}
            {%- if key == input.key or (key == 'actor_id' and input.key == 'visitor_id') -%}
                {%- do follows.append(above.schema ~ '.' ~ above.alias) -%}
                {%- do keys.update({follows[-1]: key}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for table in footfall._tables_below(input.model) -%}
            {%- do (followed if table in follows else others).append(table) -%}
        {%- endfor -%}
        {%- do others.extend(footfall._tables_below(input.until[1]) if input.until else []) -%}
    {%- endfor -%}
    {%- for constant in config.get('meta').constants -%} {%- do others.extend(footfall._tables_below(constant)) -%} {%- endfor -%}
    {%- set rebuilt = {} -%}
    {%- for table in followed | reject('in', others) if table in graph.versions.rebuilt -%}
        {%- do rebuilt.update({table: graph.versions.rebuilt[table]}) -%}
    {%- endfor -%}
    {%- set is_all = before and rebuilt and footfall.made_from(name, code, rebuilt)[0] == before -%}
    {#- Keys are kept as text: one of another type would be written in another way. -#}
    {%- set type = column_types(this)[config.get('meta').key] if is_all -%}
    {%- for table in rebuilt if is_all and column_types(table)[keys[table]] != type -%} {{ return([]) }} {%- endfor -%}
    {{ return(rebuilt | list if is_all else []) }}
{%- endmacro %}

{% macro _model_named(name) -%}
    {{ return(graph.nodes.get('model.' ~ project_name ~ '.' ~ name)) }}
{%- endmacro %}

{#- Schema and name of the tables that a model is, or that it reads through its views. -#}
{% macro _tables_below(name) -%}
    {%- set node, tables = footfall._model_named(name), [] -%}
    {%- if node and node.config.materialized == 'view' -%}
        {%- for id in node.depends_on.nodes if id.startswith('model.') -%} {%- do tables.extend(footfall._tables_below(id.split('.')[-1])) -%} {%- endfor -%}
    {%- elif node -%}
        {%- do tables.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endif -%}
    {{ return(tables) }}
{%- endmacro %}
