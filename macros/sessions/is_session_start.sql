{#-
    True on the events that a silence longer than the session gap precedes.

    Shape      boolean expression, one value per input row; for a select list
    Units      minutes, compared as an interval, to the microsecond
    Arguments  entity: who owns the session; event_at: UTC; gap_minutes: var session_gap_minutes unless told
    Nulls      a null event time starts nothing: false
    Errors     compile error when gap_minutes is not a whole number above 0
    Source     inactivity rule of web analytics; a gap of exactly 30:00 stays inside
    Example    10:00:00 true · 10:30:00 false · 11:00:00.001 true; of simultaneous first events one
-#}
{% macro is_session_start(entity, event_at, gap_minutes=none) -%}
    {%- set gap = var('session_gap_minutes') if gap_minutes is none else gap_minutes -%}
    {{- footfall.require_positive_int('is_session_start', 'session_gap_minutes' if gap_minutes is none else 'gap_minutes', gap) -}}
    coalesce(
        {{ event_at }} > interval '{{ gap }} minutes' + lag({{ event_at }}) over (
            partition by {{ entity }}
            order by {{ event_at }} asc nulls last
        ),
        {{ event_at }} is not null
    )
{%- endmacro %}
