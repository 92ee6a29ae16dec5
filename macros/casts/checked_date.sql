{#-
    A value as a calendar day, or null where its text is none.

    Shape      date expression
    Nulls      an unreadable text, infinity and a year beyond 9999 give null; beside a not-blank text
               that is `bad_type`
    Source     a bare cast takes infinity, and no calendar reaches it
    Example    '2026-01-05' -> 2026-01-05 · '2026-02-30' -> null
-#}
{% macro checked_date(text) -%}
    case
        when try_cast({{ text }} as date) between date '0001-01-01' and date '9999-12-31'
            then try_cast({{ text }} as date)
    end
{%- endmacro %}
