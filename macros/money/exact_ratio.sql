{#-
    amount * multiplier / divisor, rounded once, half away from zero, to eight places.

    Shape      decimal(28, 8) expression
    Arguments  amount: at most 4 places, below 10^14; multiplier, divisor: positive, at most 8 places
    Nulls      any null, a divisor of 0, or a result of 10^13 and more gives null: a broken rate ends no build, also
               where a part of the result is taken (attributed)
    Source     whole numbers throughout: a DOUBLE quotient differs in its last digits between engines;
               wide ones, since decimal(18, 8) times 100000000 overflows from a rate of 100 on
    Example    exact_ratio('-100', '1', '0.82') -> -121.95121951
-#}
{% macro exact_ratio(amount, multiplier, divisor) -%}
    {%- set whole = footfall.sql_type('hugeint') -%}
    {%- set a = "cast(cast(abs(" ~ amount ~ ") as decimal(28, 4)) * 10000 as " ~ whole ~ ")" -%}
    {%- set m = "cast(cast(" ~ multiplier ~ " as decimal(28, 8)) * 100000000 as " ~ whole ~ ")" -%}
    {%- set d = "cast(cast(" ~ divisor ~ " as decimal(28, 8)) * 100000000 as " ~ whole ~ ")" -%}
    {%- set rounded = footfall.whole_quotient("(2 * 10000 * " ~ a ~ " * " ~ m ~ " + " ~ d ~ ")", "(2 * " ~ d ~ ")") -%}
    {%- set product = "cast(abs(" ~ amount ~ ") as double) * cast(" ~ multiplier ~ " as double)" -%}
    case
        when {{ product }} < 1e21 and {{ product }} < 1e13 * cast({{ divisor }} as double)
            then cast(
                cast(sign({{ amount }}) as integer)
                * cast({{ rounded }} as decimal(27, 0))
                * cast(0.00000001 as decimal(8, 8))
                as decimal(28, 8)
            )
    end
{%- endmacro %}
