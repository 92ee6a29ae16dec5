{#-
    Whether a text is a day of the calendar, written as 2026-03-31.

    Shape      true or false, for the template; not SQL
    Example    is_day('2024-02-29') -> true · is_day('2026-02-29') -> false
-#}
{% macro is_day(text) -%}
    {%- set parts = modules.re.fullmatch('([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})', text) -%}
    {%- if not parts -%} {{ return(false) }} {%- endif -%}
    {%- set year, month = parts[1] | int, parts[2] | int -%}
    {%- set length = 31 if month in (1, 3, 5, 7, 8, 10, 12) else 30 if month != 2 else
        29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28 -%}
    {{ return(year > 0 and 1 <= parts[3] | int <= length) }}
{%- endmacro %}
