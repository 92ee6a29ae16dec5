{#-
    A value as a calendar day, or null where its text is none.

    Shape      date expression
    Nulls      an unreadable text, a span of days, a moment within a day, infinity and a year beyond 9999 give null; beside a
               not-blank text that is `bad_type`
    Source     a bare cast takes infinity, and any text that begins with a day; midnight is the day it names, wherever it is
    Example    '2026-01-05' and '2026-01-05T00:00:00+02:00' -> 2026-01-05 · '2026-02-30', '2026-01-05/2026-01-11' -> null
-#}
{% macro checked_date(text) -%}
    {%- set trimmed = footfall.not_blank(text) -%}
    {%- set day = "try_cast(substr(" ~ trimmed ~ ", 1, 10) as date)" -%}
    {%- set midnight = '[T ]00:00(:00([.]0+)?)?(Z|[-+][0-9]{2}(:?[0-9]{2})?)?' -%}
    case
        when
            {{ footfall.matches_whole(trimmed, '[0-9]{4}-[0-9]{2}-[0-9]{2}(' ~ midnight ~ ')?') }}
            and {{ day }} between date '0001-01-01' and date '9999-12-31'
            then {{ day }}
    end
{%- endmacro %}
