{#-
    A column as a double; what is no finite number is null.

    Shape      double expression
    Arguments  column: a number or a boolean, which is 0 or 1
    Nulls      null for null, NaN and both infinities
    Example    1.5 -> 1.5 · NaN -> null · -Infinity -> null
-#}
{% macro finite_number(column) -%}
    {#- The largest double. NaN is no number below it: engines hold it above all others. -#}
    case when abs(cast({{ column }} as double)) <= 1.7976931348623157e308 then cast({{ column }} as double) end
{%- endmacro %}
