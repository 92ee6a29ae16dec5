{#-
    True on a day within RFM's look-back before a date; without a look-back, on any day.

    Shape      boolean expression
    Units      var rfm_lookback_days, null: all history
    Errors     is_recent: rfm_lookback_days must be a whole number above 0, got <value>
    Example    30 days before 2026-03-31: 2026-03-01 true · 2026-02-28 false
-#}
{% macro is_recent(day, as_of) -%}
    {%- set days = var('rfm_lookback_days') -%}
    {%- if days is none -%} {{ day }} is not null {%- else -%}
    {{- footfall.require_positive_int('is_recent', 'rfm_lookback_days', days) -}}
    {{ day }} >= cast({{ as_of }} - interval '{{ days }} days' as date)
    {%- endif -%}
{%- endmacro %}
