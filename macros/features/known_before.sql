{#-
    True for rows that had happened before a moment and could be known by then.

    Shape      boolean expression, for the join of `moments` to what is looked at
    Arguments  of: the relation looked at, with event_at and available_at; reads moments.prediction_at and
               moments.available_as_of
    Source     DEFINITIONS.md, section 21; every feature is computed behind this line
    Example    at 12:00: 11:59:59.999999 true · 12:00 false · 11:00 but known at 12:00:01 false
-#}
{% macro known_before(of) -%}
    {{ of }}.event_at < moments.prediction_at
            and {{ of }}.available_at <= moments.available_as_of
{%- endmacro %}
