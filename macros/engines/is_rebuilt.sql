{#-
    Whether a keyed table's row is one that this command made anew, or another's with that key.

    Shape      boolean expression
    Arguments  key: a column; tables: keyed tables, schema.table each, with this column's values for their keys
    Nulls      null where the key is
    Source     main.rebuilt_keys, which says of each keyed table that was not written whole by which keys it differs from
               what it was when the command began
    Example    is_rebuilt('actor_id', ['marts.fct_events'])
-#}
{% macro is_rebuilt(key, tables) -%}
    cast({{ key }} as varchar) in (
        select key_value from {{ target.schema }}.rebuilt_keys where table_name in ('{{ tables | join("', '") }}')
    )
{%- endmacro %}
