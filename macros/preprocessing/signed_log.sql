{#-
    The logarithm of a number's size, with its sign: one that is defined for refunds, too.

    Shape      double expression
    Nulls      null for null
    Source     log1p, mirrored: sign(x) * ln(1 + |x|)
    Example    0 -> 0 · 99 -> 4.60517019 · -99 -> -4.60517019
-#}
{% macro signed_log(value) -%}
    sign({{ value }}) * ln(1e0 + abs({{ value }}))
{%- endmacro %}
