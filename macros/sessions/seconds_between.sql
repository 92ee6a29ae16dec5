{#-
    Seconds from one instant to a later one, with their fraction.

    Shape      double expression
    Nulls      null where either is null
    Source     a difference of microseconds: engines disagree on what datediff counts
    Example    10:00:00.000 and 10:00:40.500 -> 40.5
-#}
{% macro seconds_between(began_at, ended_at) -%}
    cast({{ footfall.epoch_us(ended_at) }} - {{ footfall.epoch_us(began_at) }} as double) / 1000000
{%- endmacro %}
