{#-
    The part of an amount that falls on this row, in proportion to a weight; the parts sum to it exactly.

    Shape      decimal(18, 4) expression with a window; one value per row
    Units      rounded to `places` decimals, the currency's minor units
    Arguments  amount: the whole, the same on each row of the group; weight: not negative;
               group: columns that own the amount; position: a unique order within the group
    Nulls      a null amount gives null; all weights 0 shares equally
    Source     cumulative rounding in whole minor units, half up; the sign is put back at the end
    Example    10.00 over 19.99, 19.99, 5.00 -> 4.44, 4.45, 1.11
-#}
{% macro allocated(amount, weight, group, position, places='2') -%}
    {%- set whole = footfall.sql_type('hugeint') -%}
    {%- set by_group = "partition by " ~ group -%}
    {%- set upto = by_group ~ " order by " ~ position ~ " asc nulls last rows between unbounded preceding and current row" -%}
    {%- set scale = "power(10, " ~ places ~ ")" -%}
    {%- set a = "cast(round(cast(abs(" ~ amount ~ ") as decimal(28, 4)) * cast(" ~ scale ~ " as integer), 0) as " ~ whole ~ ")" -%}
    {%- set w = "cast(cast(" ~ weight ~ " as decimal(28, 4)) * 10000 as " ~ whole ~ ")" -%}
    {%- set total = "sum(" ~ w ~ ") over (" ~ by_group ~ ")" -%}
    {%- set running = "sum(" ~ w ~ ") over (" ~ upto ~ ")" -%}
    {%- set rows_upto = "count(*) over (" ~ upto ~ ")" -%}
    {%- set rows_total = "count(*) over (" ~ by_group ~ ")" -%}
    {%- set part -%}
    case
        when {{ total }} = 0 then
            {{ footfall._whole_share(a, rows_upto, rows_total) }}
            - {{ footfall._whole_share(a, rows_upto ~ " - 1", rows_total) }}
        else
            {{ footfall._whole_share(a, running, total) }}
            - {{ footfall._whole_share(a, running ~ " - " ~ w, total) }}
    end
    {%- endset -%}
    cast(
        cast(sign({{ amount }}) as integer) * cast({{ part }} as decimal(18, 0))
        / cast({{ scale }} as integer)
        as decimal(18, 4)
    )
{%- endmacro %}

{#- (2 * amount * part + total) div (2 * total): half up -#}
{% macro _whole_share(amount, part, total) -%}
    {{ footfall.whole_quotient("(2 * " ~ amount ~ " * (" ~ part ~ ") + " ~ total ~ ")", "(2 * " ~ total ~ ")") }}
{%- endmacro %}
