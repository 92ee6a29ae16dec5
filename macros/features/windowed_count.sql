{#-
    How many rows each window holds.

    Shape      select list, a column <name>_<window> each; aggregates over the rows joined by `known_before`
    Arguments  name: of the columns; windows: as ['1h', '7d', 'all']; of: the relation looked at; where: which rows count
    Nulls      null where nothing at all is known before the moment, else 0 for an empty window
    Example    windowed_count('view_item_count', ['7d'], 'events', "events.event_type = 'view_item'")
-#}
{% macro windowed_count(name, windows, of, where=none) -%}
    {%- for window in windows -%}
        {{ footfall.unless_cold(
            "count(case when " ~ footfall._in_window_where(window, of, where) ~ " then 1 end)", of
        ) }} as {{ name }}_{{ window }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro _in_window_where(window, of, where) -%}
    {{ footfall.is_in_window(window, of) }}{{ ' and (' ~ where ~ ')' if where is not none }}
{%- endmacro %}
