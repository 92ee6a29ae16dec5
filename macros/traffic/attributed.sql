{#-
    What of an amount falls on the touches up to this one, by their weights; the last one's is the whole amount.

    Shape      decimal expression; the difference to the touch before is the touch's own part
    Units      rounded to `places` decimals, half away from zero
    Arguments  amount: the whole; upto, total: weights of the touches up to this one, of all, whole numbers, total above 0
    Nulls      a null amount gives null
    Source     whole numbers throughout, so that the parts sum to the amount on every engine
    Example    attributed('100.0000', '2', '3') -> 66.6667
-#}
{% macro attributed(amount, upto, total, places=4) -%}
    {%- set whole = footfall.sql_type('hugeint') -%}
    {%- set units = "cast(cast(abs(" ~ amount ~ ") as decimal(28, " ~ places ~ ")) * " ~ 10 ** places ~ " as " ~ whole ~ ")" -%}
    cast(
        cast(sign({{ amount }}) as integer)
        * cast({{ footfall._whole_share(units, upto, total) }} as decimal(28, 0))
        * cast({{ "%.*f" | format(places, 10 ** -places) }} as decimal({{ places }}, {{ places }}))
        as decimal(28, {{ places }})
    )
{%- endmacro %}
