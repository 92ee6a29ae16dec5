{#-
    The sample standard deviation of whole numbers, the same in whatever order the rows come.

    Shape      double expression, an aggregate
    Arguments  value: a whole number of at most 18 digits; the squares are summed exactly, in 38 digits
    Nulls      a null is left out; fewer than two values have none: null
    Source     sqrt((n * sum(x * x) - sum(x) * sum(x)) / (n * (n - 1))); an engine's own adds doubles row by row
    Example    sample_deviation('gap_us') of 2, 4, 9 -> 3.60555127546399
-#}
{% macro sample_deviation(value) -%}
    {%- set exact = 'cast(' ~ value ~ ' as decimal(38, 0))' -%}
    sqrt(
        cast(count({{ value }}) * sum({{ exact }} * {{ exact }}) - sum({{ exact }}) * sum({{ exact }}) as double)
        / nullif(cast(count({{ value }}) as double) * (count({{ value }}) - 1), 0)
    )
{%- endmacro %}
