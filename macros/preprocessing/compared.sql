{#-
    A number before and after something was done to it.

    Shape      a whole query: the columns of `by`, row_count, changed_count, and for before and after: missing_pct, mean, sd and
               p01, p05, p25, p50, p75, p95, p99; psi; one row for each of them
    Units      missing_pct 0 to 100; sd of the population
    Arguments  relation: a CTE with the columns of `by`, before and after, both doubles; by: its columns
    Nulls      left out of mean, sd and quantiles, which are null where nothing is left
    Source     DEFINITIONS.md, section 28
    Example    (1, 1), (null, 3), (3, 3), (null, 3), (5, 5): 40 % missing before, mean 3 and 3, sd 1.63299 and 1.26491
-#}
{% macro compared(relation, by) -%}
    {%- set keys = by | join(', ') -%}
    {%- set sides = ['before', 'after'] -%}
    {%- set quantiles = {'p01': 0.01, 'p05': 0.05, 'p25': 0.25, 'p50': 0.5, 'p75': 0.75, 'p95': 0.95, 'p99': 0.99} -%}
    -- Rows are many, the values in them few: each is sorted once, with the number of its rows.
    with pair_counts as (

        select
            {{ keys }},
            before,
            after,
            count(*) as row_count
        from {{ relation }}
        group by {{ keys }}, before, after

    ),

    changes as (

        select
            {{ keys }},
            cast(sum(row_count) as bigint) as row_count,
            cast(sum(case when before is distinct from after then row_count else 0 end) as bigint) as changed_count
        from pair_counts
        group by {{ keys }}

    ),

    value_counts as (
        {% for side in sides %}
        select
            {{ keys }},
            {{ loop.last }} as is_after,
            {{ side }} as value,
            cast(sum(row_count) as bigint) as row_count
        from pair_counts
        group by {{ keys }}, {{ side }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    ranked as (

        {{ footfall.ranked_values('value_counts', by + ['is_after']) }}

    ),

    measured as (

        select
            {{ keys }},
            is_after,
            value_count,
            {{ footfall.ordered_sum('value * row_count') }} / value_count as mean,
            {%- for name, share in quantiles.items() %}
            {{ footfall.ranked_quantile(share) }} as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from ranked
        group by {{ keys }}, is_after, value_count

    ),

    deviations as (

        select
            {%- for column in by %}
            measured.{{ column }},
            {%- endfor %}
            measured.is_after,
            {%- set distance = '(ranked.value - measured.mean)' %}
            sqrt({{ footfall.ordered_sum(distance ~ ' * ' ~ distance ~ ' * ranked.row_count') }} / measured.value_count) as sd
        from measured
        inner join ranked on {{ footfall._same('measured', 'ranked', by + ['is_after']) }}
        group by {% for column in by %}measured.{{ column }}, {% endfor %}measured.is_after, measured.value_count

    ),

    binned as (

        {{ footfall.decile_bins('value_counts', 'ranked', by) }}

    ),

    stability as (

        {{ footfall.population_stability('binned', by) }}

    )

    select
        {%- for column in by %}
        changes.{{ column }},
        {%- endfor %}
        changes.row_count,
        changes.changed_count,
        {%- for side in sides %}
        1e2 * (changes.row_count - coalesce({{ side }}.value_count, 0)) / changes.row_count as missing_pct_{{ side }},
        {{ side }}.mean as mean_{{ side }},
        {{ side }}_deviations.sd as sd_{{ side }},
        {%- for name in quantiles %}
        {{ side }}.{{ name }} as {{ name }}_{{ side }},
        {%- endfor %}
        {%- endfor %}
        stability.psi
    from changes
    {%- for side in sides %}
    left join measured as {{ side }} on {{ footfall._same('changes', side, by) }} and {{ 'not ' if not loop.last }}{{ side }}.is_after
    left join deviations as {{ side }}_deviations
        on {{ footfall._same('changes', side ~ '_deviations', by) }} and {{ 'not ' if not loop.last }}{{ side }}_deviations.is_after
    {%- endfor %}
    inner join stability on {{ footfall._same('changes', 'stability', by) }}
{%- endmacro %}
