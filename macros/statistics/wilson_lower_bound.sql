{#-
    The lower end of the 95 % interval of a rate: what it is at least, as far as so few cases can say.

    Shape      decimal(18, 8) expression
    Arguments  successes, cases: whole numbers, the first a part of the second
    Nulls      no case gives null
    Source     Wilson score interval, z = 1.959963984540054
    Example    1 of 2 -> 0.09453121 · 100 of 2000 -> 0.04128123
-#}
{% macro wilson_lower_bound(successes, cases) -%}
    {%- set k = "cast(" ~ successes ~ " as double)" -%}
    {%- set n = "cast(" ~ cases ~ " as double)" -%}
    case
        when {{ cases }} > 0
            then cast(greatest(0.0, (
                -- z squared, half of it and a quarter of it.
                {{ k }} + 1.9207294103470627
                - 1.959963984540054 * sqrt({{ k }} * ({{ n }} - {{ k }}) / {{ n }} + 0.9603647051735313)
            ) / ({{ n }} + 3.8414588206941254)) as decimal(18, 8))
    end
{%- endmacro %}
