{#-
    A sum of doubles that adds the smallest first: the same to the last digit, however many threads read.

    Shape      aggregate expression, double
    Arguments  value: SQL expression of a double
    Nulls      left out; null where nothing else is there
    Source     a sum of doubles depends on its order
-#}
{% macro ordered_sum(value) -%}
    {{ return(adapter.dispatch('ordered_sum', 'footfall')(value)) }}
{%- endmacro %}

{% macro default__ordered_sum(value) -%}
    sum({{ value }} order by {{ value }} asc)
{%- endmacro %}

{% macro spark__ordered_sum(value) -%}
    case when count({{ value }}) > 0
        then aggregate(array_sort(collect_list({{ value }})), cast(0 as double), (total, each) -> total + each)
    end
{%- endmacro %}
