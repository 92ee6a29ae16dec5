{#-
    Quantiles of one sample, interpolated; see interpolated.sql.

    Shape      list of doubles, an aggregate; one after the other by `list_item`
    Arguments  value: SQL expression of a double; shares: [0.25, 0.5]
    Nulls      left out; null where nothing else is there
    Source     quantile_cont of DuckDB weights both neighbours, which between two of -3 makes -2.9999999999999996: the least
               value would lie outside its own fence. It is a third faster, too
    Example    quantiles('value', [0.25, 0.5]) of 0, 10, 20 -> [5, 10]
-#}
{% macro quantiles(value, shares) -%}
    {{ return(adapter.dispatch('quantiles', 'footfall')(value, shares)) }}
{%- endmacro %}

{% macro default__quantiles(value, shares) -%}
    {%- set place = '(share * (len(sample) - 1))' -%}
    {%- set below = 'sample[cast(floor' ~ place ~ ' as bigint) + 1]' -%}
    {%- set above = 'sample[cast(ceil' ~ place ~ ' as bigint) + 1]' -%}
    list_transform(
        [list({{ value }} order by {{ value }} asc) filter ({{ value }} is not null)],
        lambda sample : list_transform(
            [{% for share in shares %}{{ share }}e0{{ ', ' if not loop.last }}{% endfor %}],
            lambda share : {{ footfall.interpolated(below, above, place ~ ' - floor' ~ place) }}
        )
    )[1]
{%- endmacro %}

{% macro spark__quantiles(value, shares) -%}
    percentile({{ value }}, array({{ shares | join(', ') }}))
{%- endmacro %}
