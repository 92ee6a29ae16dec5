{#-
    The largest distance that retention is counted at, in periods.

    Shape      a whole number
    Units      vars retention_days, retention_weeks, retention_months
    Arguments  period: day, week or month
    Errors     retention: retention_<periods> must be a whole number above 0, got <value>
-#}
{% macro retention_bound(period) -%}
    {{- footfall.require_positive_int('retention', 'retention_' ~ period ~ 's', var('retention_' ~ period ~ 's')) -}}
    {{- var('retention_' ~ period ~ 's') -}}
{%- endmacro %}
