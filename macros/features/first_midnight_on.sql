{#-
    The first day at whose midnight something has happened and can be used.

    Shape      date expression
    Arguments  event_at: happened before that midnight, not at it; available_at: known by then, or decision_lag_minutes
               after it; time_zone: an IANA name, else var shop_timezone
    Nulls      null where either is null
    Example    happened 2026-03-01 23:59, known 2026-03-02 00:00 -> 2026-03-02 · known a microsecond later -> 2026-03-03
-#}
{% macro first_midnight_on(event_at, available_at, time_zone=none) -%}
    {%- set last_too_early = "(" ~ available_at ~ " - " ~ footfall.decision_lag() ~ " - interval '1 microsecond')" -%}
    case
        when {{ event_at }} is not null and {{ available_at }} is not null
            then cast(
                greatest({{ footfall.local_day(event_at, time_zone) }}, {{ footfall.local_day(last_too_early, time_zone) }})
                + interval '1 day' as date
            )
    end
{%- endmacro %}
