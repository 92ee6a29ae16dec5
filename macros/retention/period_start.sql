{#-
    The first day of the day, week (from Monday) or month that a date lies in.

    Shape      date expression
    Arguments  period: SQL expression of day, week or month; day: a date
    Nulls      a null date gives null
    Example    period_start("'week'", "date '2026-03-31'") -> 2026-03-30
-#}
{% macro period_start(period, day) -%}
    cast(case {{ period }}
        when 'day' then {{ day }}
        when 'week' then date_trunc('week', {{ day }})
        else date_trunc('month', {{ day }})
    end as date)
{%- endmacro %}
