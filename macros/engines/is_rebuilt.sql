{#-
    Whether a row is one that this command made anew, of a keyed table or one that is `rebuilt_by` a column, or has its key.

    Shape      boolean expression
    Arguments  key: a column; tables: schema.table each, with this column's values for their keys
    Nulls      null where the key is
    Source     main.rebuilt_keys, which says of each such table, if not written whole by keys, by which it differs from
               what it was when the command began
    Example    is_rebuilt('actor_id', ['marts.fct_events'])
-#}
{% macro is_rebuilt(key, tables) -%}
    cast({{ key }} as varchar) in (
        select key_value from {{ target.schema }}.rebuilt_keys where table_name in ('{{ tables | join("', '") }}')
    )
{%- endmacro %}
