{#-
    What the rows of each window sum to.

    Shape      select list, a double column <name>_<window> each; aggregates over the rows joined by `known_before`
    Arguments  name: of the columns; windows: as ['1h', '7d', 'all']; of: the relation looked at; value: decimal or whole
               number, summed exactly; where: which rows count
    Nulls      a sum with an unknown part is unknown; null where nothing at all is known before the moment, else 0
    Example    windowed_sum('sales', ['30d'], 'movements', 'movements.amount_reporting')
-#}
{% macro windowed_sum(name, windows, of, value, where=none) -%}
    {%- for window in windows -%}
        {%- set counts = footfall._in_window_where(window, of, where) -%}
        cast(case
            when
                count({{ of }}.event_at) > 0
                and count(case when {{ counts }} and {{ value }} is null then 1 end) = 0
                then coalesce(sum(case when {{ counts }} then {{ value }} end), 0)
        end as double) as {{ name }}_{{ window }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
