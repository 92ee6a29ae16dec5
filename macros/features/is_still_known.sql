{#-
    True for rows that nothing known by a moment has replaced.

    Shape      boolean expression, for the join of `moments` to what is looked at; stands beside known_before
    Arguments  of: the relation looked at, with known_to_at, excluded; reads moments.available_as_of
    Nulls      known_to_at is null: nothing ever replaces it
    Source     DEFINITIONS.md, section 17: a rate published at 16:00 is unknown at 10:00
    Example    replaced at 16:00, decided at 15:59 true · at 16:00 false
-#}
{% macro is_still_known(of) -%}
    coalesce({{ of }}.known_to_at, timestamp '9999-12-31 00:00:00') > moments.available_as_of
{%- endmacro %}
