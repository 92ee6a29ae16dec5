{#-
    The first day of the period so many after one that begins on a day.

    Shape      date expression
    Arguments  period: SQL expression of day, week or month; start_on: its first day; count: how many periods later
    Nulls      any null gives null
    Example    period_start_after("'month'", "date '2026-01-01'", "2") -> 2026-03-01
-#}
{% macro period_start_after(period, start_on, count) -%}
    cast(case {{ period }}
        when 'day' then {{ start_on }} + ({{ count }}) * interval '1 day'
        when 'week' then {{ start_on }} + ({{ count }}) * interval '7 days'
        else {{ start_on }} + ({{ count }}) * interval '1 month'
    end as date)
{%- endmacro %}
