{#-
    The logarithm of a number's size, with its sign: one that is defined for refunds, too.

    Shape      double expression
    Nulls      null for null
    Source     log1p, mirrored: sign(x) * ln(1 + |x|). What rounding 1 + |x| takes from a small x is given back, after W. Kahan
    Example    0 -> 0 · 99 -> 4.60517019 · -99 -> -4.60517019 · 1e-12 -> 1e-12
-#}
{% macro signed_log(value) -%}
    {%- set more = '(1e0 + abs(' ~ value ~ '))' -%}
    case
        when {{ more }} = 1e0 then {{ value }}
        else ln({{ more }}) * ({{ value }} / ({{ more }} - 1e0))
    end
{%- endmacro %}
