{#-
    Joins each row to the last row of another relation that began at or before it.

    Shape      a join clause
    Arguments  relation: a CTE with (key, began) unique; key: the column both sides share;
               at: the time of the left row, written with its relation; began: column of `relation`
    Nulls      rows before the first start of their key are lost: give only keys that have one
    Source     the ordinary form is a validity window; DuckDB has a join for it, twice as fast
-#}
{% macro asof_join(relation, key, at, began) -%}
    {{ return(adapter.dispatch('asof_join', 'footfall')(relation, key, at, began)) }}
{%- endmacro %}

{% macro default__asof_join(relation, key, at, began) -%}
    asof join {{ relation }}
        on {{ at.split('.')[0] }}.{{ key }} = {{ relation }}.{{ key }} and {{ at }} >= {{ relation }}.{{ began }}
{%- endmacro %}

{% macro spark__asof_join(relation, key, at, began) -%}
    inner join (
        select *, lead({{ began }}) over (partition by {{ key }} order by {{ began }} asc) as next_began
        from {{ relation }}
    ) as {{ relation }}
        on {{ at.split('.')[0] }}.{{ key }} = {{ relation }}.{{ key }}
        and {{ at }} >= {{ relation }}.{{ began }}
        and ({{ at }} < {{ relation }}.next_began or {{ relation }}.next_began is null)
{%- endmacro %}
