{#-
    How long features of an entity are good for a decision, from their moment on.

    Shape      whole number, for the text of an interval
    Arguments  entity: in var served_hours
    Units      hours
    Errors     served_hours: must name each entity's hours, … · served_hours.<entity> must be a whole number above 0, got …
    Example    served_hours('customer') -> 48
-#}
{% macro served_hours(entity) -%}
    {%- set hours = var('served_hours') -%}
    {%- if hours is not mapping -%}
        {{ exceptions.raise_compiler_error("served_hours: must name each entity's hours, as {customer: 48}, got " ~ hours) }}
    {%- endif -%}
    {%- set own = hours.get(entity) -%}
    {%- if own is not integer or own is boolean or own <= 0 -%}
        {{ exceptions.raise_compiler_error('served_hours.' ~ entity ~ ' must be a whole number above 0, got ' ~ own) }}
    {%- endif -%}
    {{ return(own) }}
{%- endmacro %}
