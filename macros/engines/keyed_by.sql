{#-
    Makes the model a `keyed` one, which is rebuilt key by key; see macros/engines/keyed.sql.

    Shape      no SQL; call it at the top of the model
    Arguments  key: a column of the model that is never null; inputs: models with the key and an `input_fingerprint`,
               or {model, key: its name there, where: a condition, rows: true to take whole rows for the fingerprint},
               together exactly the keys that the model has rows for; constants: models that every key depends on
    Example    keyed_by('actor_id', ['int_actors', {'model': 'int_sessions__starts', 'where': 'true'}])
-#}
{% macro keyed_by(key, inputs, constants=[]) -%}
    {%- set specs = [] -%}
    {%- for input in inputs -%}
        {%- set spec = {'key': key, 'where': 'true', 'rows': false} -%}
        {%- do spec.update({'model': input} if input is string else input) -%}
        {%- do ref(spec.model) -%}
        {%- do specs.append(spec) -%}
    {%- endfor -%}
    {%- for constant in constants -%} {%- do ref(constant) -%} {%- endfor -%}
    {{ config(materialized='keyed', meta={'key': key, 'inputs': specs, 'constants': constants}) }}
{%- endmacro %}
