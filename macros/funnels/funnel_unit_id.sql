{#-
    Whom a funnel counts.

    Shape      column expression
    Arguments  unit: session or person; events: the CTE with the columns of fct_events
    Nulls      an event outside sessions has no session
-#}
{% macro funnel_unit_id(unit, events) -%}
    {%- if unit == 'session' -%} {{ events }}.session_id
    {%- else -%} {{ events }}.person_id_current
    {%- endif -%}
{%- endmacro %}
