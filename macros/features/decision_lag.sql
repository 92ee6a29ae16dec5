{#-
    How long after its moment a prediction is decided on.

    Shape      interval expression
    Units      var decision_lag_minutes, whole minutes from 0
    Errors     decision_lag_minutes must be a whole number from 0, got <value>
    Example    interval '120 minutes'
-#}
{% macro decision_lag() -%}
    {%- set minutes = var('decision_lag_minutes') -%}
    {%- if minutes is not integer or minutes is boolean or minutes < 0 -%}
        {{ exceptions.raise_compiler_error('decision_lag_minutes must be a whole number from 0, got ' ~ minutes) }}
    {%- endif -%}
    interval '{{ minutes }} minutes'
{%- endmacro %}
