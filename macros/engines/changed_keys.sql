{#-
    The keys that a `keyed` model rebuilds in this run, each with the fingerprint of its inputs.

    Shape      a relation for `from` or `join`: the model's key and `input_fingerprint`, one row a key
    Arguments  reads what `keyed_by` was told; a unit test says instead which keys there are, in overrides.macros
    Nulls      a key is never null
    Example    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
-#}
{% macro changed_keys() -%}
    (select {{ config.get('meta')['key'] }}, input_fingerprint from {{ adapter.quote(model.name ~ '__keys') }} where is_changed)
{%- endmacro %}
