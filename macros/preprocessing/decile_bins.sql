{#-
    Each value's place among the deciles of the sample before: what population_stability compares.

    Shape      a whole query: the columns of `by`, is_after, bin and row_count; one row a row of the relation
    Arguments  relation: a CTE with the columns of `by`, is_after, value, a double, and row_count, one row a value of each side;
               ranked: a CTE, ranked_values of it by those columns and is_after; by: its columns, each a comparison of its own
    Nulls      the bin of null is null
    Source     DEFINITIONS.md, section 26: bins are [decile, next); the outer ones are open; equal deciles leave no bin between them
    Example    before 0, 10, 20 … 100: 25 has bin 2, as have 20 and -- afterwards -- 29; 1000 has bin 9
-#}
{% macro decile_bins(relation, ranked, by) -%}
    select
        {%- for column in by %}
        given.{{ column }},
        {%- endfor %}
        given.is_after,
        given.row_count,
        case when given.value is not null then
            {%- for decile in range(1, 10) %}
            case when given.value >= deciles.decile_{{ decile }} then 1 else 0 end{{ ' +' if not loop.last }}
            {%- endfor %}
        end as bin
    from {{ relation }} as given
    left join (
        select
            {%- for column in by %}
            {{ column }},
            {%- endfor %}
            {%- for decile in range(1, 10) %}
            {{ footfall.ranked_quantile(decile / 10) }} as decile_{{ decile }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ ranked }}
        where not is_after
        group by {{ by | join(', ') }}, value_count
    ) as deciles
        on {{ footfall._same('given', 'deciles', by) }}
{%- endmacro %}

{#- Equal in all of these columns, two nulls being equal. -#}
{% macro _same(left, right, columns) -%}
    {%- for column in columns -%}
    {{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
