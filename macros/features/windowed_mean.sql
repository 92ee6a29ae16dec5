{#-
    The mean of what each window holds.

    Shape      select list, a double column <name>_<window> each; aggregates over the rows joined by `known_before`
    Arguments  name: of the columns; windows: as ['1h', '7d', 'all']; of: the relation looked at; value: decimal or whole
               number, summed exactly; where: which rows count
    Nulls      a null value is left out; null for a window without values
    Source     an exact sum and one division: a mean of doubles differs with the order of rows
    Example    windowed_mean('unit_price_mean', ['30d'], 'movements', 'movements.unit_price')
-#}
{% macro windowed_mean(name, windows, of, value, where=none) -%}
    {%- for window in windows -%}
        {%- set kept = "case when " ~ footfall._in_window_where(window, of, where) ~ " then " ~ value ~ " end" -%}
        cast(sum({{ kept }}) as double) / nullif(count({{ kept }}), 0)
            as {{ name }}_{{ window }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
