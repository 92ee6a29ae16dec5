{#-
    Makes the model a `keyed` one, which is rebuilt key by key; see macros/engines/keyed.sql.

    Shape      no SQL; call it at the top of the model
    Arguments  key: a column of the model that is never null; inputs: models with the key and an `input_fingerprint`, or
               {model or source, key: its name there, where: a condition, fingerprint: an expression, in which
               `whole_row` stands for all columns, required: a key that this input lacks is none, until: [a column of it,
               model, moment], rows in which that column is later than the model's last moment, or null, do not count, follows: of a view
               the models that keys_above.sql may go by};
               together they have the keys that the model has rows for (a key without rows is made anew each time);
               constants: models that every key depends on; columns_of: sources, [name, table] each, of which the model
               shows whole rows, with whatever columns they come to have; told_by: a condition that one row of each key meets,
               which then tells the key's fingerprint for all of them
    Example    keyed_by('order_id', [{'model': 'stg_shop__orders', 'fingerprint': fingerprint(['whole_row.*'])}])
-#}
{% macro keyed_by(key, inputs, constants=[], columns_of=[], told_by='true') -%}
    {%- set specs = [] -%}
    {%- for input in inputs -%}
        {%- set spec = {'key': key, 'where': 'true', 'fingerprint': 'input_fingerprint', 'source': none, 'required': false, 'until': none, 'follows': none} -%}
        {%- do spec.update({'model': input} if input is string else input) -%}
        {%- if spec.source -%} {%- do source(*spec.source) -%} {%- else -%} {%- do ref(spec.model) -%} {%- endif -%}
        {%- if spec.until -%} {%- do ref(spec.until[1]) -%} {%- endif -%}
        {%- do specs.append(spec) -%}
    {%- endfor -%}
    {%- for constant in constants -%} {%- do ref(constant) -%} {%- endfor -%}
    {{ config(materialized='keyed', meta={
        'key': key, 'inputs': specs, 'constants': constants, 'columns_of': columns_of, 'told_by': told_by,
    }) }}
{%- endmacro %}
