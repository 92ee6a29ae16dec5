{#-
    Each value's place among the deciles of the sample before: what population_stability compares.

    Shape      a whole query: the columns of `by`, is_after and bin; one row a row of the relation
    Arguments  relation: a CTE with the columns of `by`, is_after and value, a double; by: its columns, each a comparison of its own
    Nulls      the bin of null is null
    Source     DEFINITIONS.md, section 26: bins are [decile, next); the outer ones are open; equal deciles leave no bin between them
    Example    before 0, 10, 20 … 100: 25 has bin 2, as have 20 and -- afterwards -- 29; 1000 has bin 9
-#}
{% macro decile_bins(relation, by) -%}
    select
        {%- for column in by %}
        given.{{ column }},
        {%- endfor %}
        given.is_after,
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
            {{ footfall.list_item('cuts', decile) }} as decile_{{ decile }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                {{ by | join(', ') }},
                {{ footfall.quantiles('value', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) }} as cuts
            from {{ relation }}
            where not is_after and value is not null
            group by {{ by | join(', ') }}
        ) as cut
    ) as deciles
        on {{ footfall._same('given', 'deciles', by) }}
{%- endmacro %}

{#- Equal in all of these columns, two nulls being equal. -#}
{% macro _same(left, right, columns) -%}
    {%- for column in columns -%}
    {{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
