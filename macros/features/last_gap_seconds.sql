{#-
    How long it was from the last but one thing that was done before a moment to the last.

    Shape      double expression, an aggregate over the rows joined by `known_before`; the moment stands in `group by`
    Arguments  of: the relation looked at
    Nulls      fewer than two, as far as known: null
    Example    events at 10:00, 10:01 and 10:05, of which the last is not known yet -> 60
-#}
{% macro last_gap_seconds(of) -%}
    {%- set last_two = footfall.largest(of ~ '.event_at', 2) -%}
    {{ footfall.seconds_between(footfall.list_item(last_two, 2), footfall.list_item(last_two, 1)) }}
{%- endmacro %}
