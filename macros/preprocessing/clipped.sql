{#-
    A number held between two others.

    Shape      expression of the number's type
    Nulls      null for null; a bound that is null does not bind
    Example    clipped('x', '0', '1'): -1 -> 0 · 0.5 -> 0.5 · 3 -> 1
-#}
{% macro clipped(value, lower, upper) -%}
    {#- Not least and greatest: one engine passes a null over there. -#}
    case when {{ value }} < {{ lower }} then {{ lower }} when {{ value }} > {{ upper }} then {{ upper }} else {{ value }} end
{%- endmacro %}
