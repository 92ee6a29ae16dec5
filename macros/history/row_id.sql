{#-
    An id made of the content of some columns: equal for equal values, on every engine.

    Shape      text expression, 32 hexadecimal digits
    Arguments  values: SQL expressions
    Nulls      a null is a value of its own; lengths stand before the values, so that none runs into the next
    Example    row_id(['country', 'is_deleted'])
-#}
{% macro row_id(values) -%}
    {%- set text = footfall.sql_type('varchar') -%}
    md5(
        {%- for value in values -%}
        {%- set written = "cast(" ~ value ~ " as " ~ text ~ ")" %}
        coalesce(cast(length({{ written }}) as {{ text }}) || ':' || {{ written }}, '-'){{ ' || ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
