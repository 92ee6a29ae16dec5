{#-
    True for rows known before a moment that are not too old for a window.

    Shape      boolean expression; the upper end stands in the join (`known_before`)
    Arguments  window: as 1h or 30d, session or all; of: the relation looked at; reads moments.prediction_at, of a
               session moments.session_started_at
    Source     DEFINITIONS.md, section 21: [t - w, t), so that exactly 7 days before is in
    Example    is_in_window('7d', 'events')
-#}
{% macro is_in_window(window, of) -%}
    {%- if window == 'all' -%}
        {{ of }}.event_at is not null
    {%- elif window == 'session' -%}
        {{ of }}.event_at >= moments.session_started_at
    {%- else -%}
        {{ of }}.event_at >= moments.prediction_at - {{ footfall.window_interval(window) }}
    {%- endif -%}
{%- endmacro %}
