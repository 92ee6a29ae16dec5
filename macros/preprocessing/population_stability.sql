{#-
    How far the shares of two samples lie apart: the population stability index.

    Shape      a whole query: the columns of `by` and `psi`; one row for each of them
    Arguments  relation: a CTE with the columns of `by`, is_after, bin and row_count; by: its columns, each a comparison of its own
    Nulls      a null bin is a bin; null where one of the samples has no row
    Source     sum of (a - e) * ln(a / e), e the share before and a after; a share below 0.000001 counts as that.
               DEFINITIONS.md, section 26: below 0.1 nothing, above 0.2 a lot
    Example    .25 .25 .25 .25 -> .4 .3 .2 .1 is 0.228217
-#}
{% macro population_stability(relation, by) -%}
    select
        {{ by | join(', ') }},
        {{ footfall.ordered_sum('(after_share - before_share) * ln(after_share / before_share)') }} as psi
    from (
        select
            {{ by | join(', ') }},
            {%- for side in ['before', 'after'] %}
            -- A share of nothing has no logarithm.
            case when {{ side }}_count < 0.000001e0 * sum({{ side }}_count) over (partition by {{ by | join(', ') }})
                then 0.000001e0
                else cast({{ side }}_count as double) / nullif(sum({{ side }}_count) over (partition by {{ by | join(', ') }}), 0)
            end as {{ side }}_share{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                {{ by | join(', ') }},
                bin,
                sum(case when is_after then row_count else 0 end) as after_count,
                sum(case when not is_after then row_count else 0 end) as before_count
            from {{ relation }}
            group by {{ by | join(', ') }}, bin
        ) as counted
    ) as shared
    group by {{ by | join(', ') }}
{%- endmacro %}
