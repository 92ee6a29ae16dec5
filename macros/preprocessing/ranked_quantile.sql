{#-
    A quantile of values that are counted, interpolated as percentile_cont does.

    Shape      double, an aggregate over rows of `ranked_values`, grouped by its columns and value_count
    Arguments  share: 0.5
    Nulls      null where there is no row
    Example    (10, 3 rows), (20, 1 row), share 0.75: place 2.25 of 0 to 3 -> 12.5
-#}
{% macro ranked_quantile(share) -%}
    {%- set place = '(' ~ share ~ 'e0 * (value_count - 1))' -%}
    {%- set below = 'min(case when last_rank > floor' ~ place ~ ' then value end)' -%}
    {%- set above = 'min(case when last_rank > ceil' ~ place ~ ' then value end)' -%}
    {%- set share_above = '(' ~ place ~ ' - floor' ~ place ~ ')' -%}
    case
        when {{ above }} = {{ below }} then {{ below }}
        else {{ below }} * (1 - {{ share_above }}) + {{ above }} * {{ share_above }}
    end
{%- endmacro %}
