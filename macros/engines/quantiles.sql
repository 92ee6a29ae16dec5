{#-
    Quantiles of one sample, interpolated as percentile_cont does.

    Shape      list of doubles, an aggregate; one after the other by `list_item`
    Arguments  value: SQL expression of a double; shares: [0.25, 0.5]
    Nulls      left out; null where nothing else is there
    Source     percentile_cont for each of them keeps as many copies of the sample
    Example    quantiles('value', [0.25, 0.5]) of 0, 10, 20 -> [5, 10]
-#}
{% macro quantiles(value, shares) -%}
    {{ return(adapter.dispatch('quantiles', 'footfall')(value, shares)) }}
{%- endmacro %}

{% macro default__quantiles(value, shares) -%}
    quantile_cont({{ value }}, [{{ shares | join(', ') }}])
{%- endmacro %}

{% macro spark__quantiles(value, shares) -%}
    percentile({{ value }}, array({{ shares | join(', ') }}))
{%- endmacro %}
