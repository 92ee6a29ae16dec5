{#-
    True on a version that says something else than the one before it, and on the first.

    Shape      boolean expression with a window; one value per version
    Arguments  values: columns that are compared; key: columns of what there are versions of; version_number: 1 is the
               newest, unique within the key
    Nulls      a null is a value of its own
    Example    paid, paid, pending (newest first) -> false, true, true
-#}
{% macro is_news(values, key, version_number) -%}
    {%- set older = "over (partition by " ~ key ~ " order by " ~ version_number ~ " asc)" -%}
    (
        lead(1) {{ older }} is null
        {%- for value in values %}
        or {{ value }} is distinct from lead({{ value }}) {{ older }}
        {%- endfor %}
    )
{%- endmacro %}
