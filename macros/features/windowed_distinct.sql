{#-
    How many different values each window holds.

    Shape      select list, a column <name>_<window> each; aggregates over the rows joined by `known_before`
    Arguments  name: of the columns; windows: as ['1h', '7d', 'all']; of: the relation looked at; value: what is told
               apart; where: which rows count
    Nulls      a null is no value; null where nothing at all is known before the moment, else 0
    Example    windowed_distinct('product_count', ['7d'], 'events', 'events.product_id')
-#}
{% macro windowed_distinct(name, windows, of, value, where=none) -%}
    {%- for window in windows -%}
        {{ footfall.unless_cold(
            footfall.distinct_count("case when " ~ footfall._in_window_where(window, of, where) ~ " then " ~ value ~ " end"), of
        ) }} as {{ name }}_{{ window }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
