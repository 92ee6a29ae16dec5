{#-
    The number of the day, week (from Monday) or month that a date lies in; neighbours differ by 1.

    Shape      integer expression
    Arguments  period: SQL expression of day, week or month; day: a date from 1900 on
    Nulls      a null date gives null
    Example    period_number("'month'", "date '2026-03-31'") -> 24315
-#}
{% macro period_number(period, day) -%}
    {#- 1900 began with a Monday. -#}
    {%- set days = footfall.days_between("date '1900-01-01'", day) -%}
    cast(case {{ period }}
        when 'day' then {{ days }}
        when 'week' then ({{ days }} - mod({{ days }}, 7)) / 7
        else extract(year from {{ day }}) * 12 + extract(month from {{ day }})
    end as integer)
{%- endmacro %}
