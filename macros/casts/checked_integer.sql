{#-
    A value as a whole number, or null where its text is none.

    Shape      bigint expression
    Nulls      null, blank, 12.7 and 1e3 give null; beside a not-blank text that is `bad_type`
    Source     a bare cast makes 13 of 12.7
    Example    ' -3 ' -> -3 · '12.7' -> null
-#}
{% macro checked_integer(text) -%}
    {%- set trimmed = footfall.not_blank(text) -%}
    case
        when {{ footfall.matches_whole(trimmed, '-?[0-9]+') }} then try_cast({{ trimmed }} as bigint)
    end
{%- endmacro %}
