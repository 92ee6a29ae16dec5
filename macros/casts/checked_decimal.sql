{#-
    A value as an exact decimal, or null where its text is not a plain decimal number.

    Shape      decimal expression
    Units      type: decimal(18, 4), money, unless told
    Arguments  comma: the text is written with a decimal comma
    Nulls      null, blank, NaN, 1e3 and 1,000 give null; beside a not-blank text that is `bad_type`
    Source     a bare cast takes NaN, and NaN is greater than every limit
    Example    ' 19.90 ' -> 19.9000 · '1e3' -> null
-#}
{% macro checked_decimal(text, comma=false, type='decimal(18, 4)') -%}
    {%- set trimmed = footfall.not_blank(text) -%}
    {%- set pattern = '-?[0-9]+(,[0-9]+)?' if comma else '-?[0-9]+([.][0-9]+)?' -%}
    case
        when {{ footfall.matches_whole(trimmed, pattern) }}
            then try_cast({{ "replace(" ~ trimmed ~ ", ',', '.')" if comma else trimmed }} as {{ type }})
    end
{%- endmacro %}
