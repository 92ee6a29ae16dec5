{#-
    The earliest moment at which a decision could have used a landed row.

    Shape      timestamp expression, never null
    Arguments  candidate: when a row of a history load was readable, by the source's own rule
               (received, published, or the event plus a declared lag); event_at: when it happened;
               reads the columns load_mode and loaded_at
    Nulls      no candidate: loaded_at; `greatest` skips a null and would leak
    Source     Featuretools' secondary time index
    Example    a live load at 10:30 -> 10:30 · history of 2025 with receipt 10:02 -> 10:02
-#}
{% macro available_at(candidate, event_at) -%}
    case
        when load_mode = 'backfill' and {{ candidate }} is not null
            then least(greatest({{ candidate }}, coalesce({{ event_at }}, {{ candidate }})), loaded_at)
        else loaded_at
    end
{%- endmacro %}
