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
    {%- set quantiles = {'p01': 0.01, 'p05': 0.05, 'p25': 0.25, 'p50': 0.5, 'p75': 0.75, 'p95': 0.95, 'p99': 0.99} -%}
    with pairs_to_compare as (

        select * from {{ relation }}

    ),

    sides as (

        select {{ keys }}, false as is_after, before as value from pairs_to_compare
        union all
        select {{ keys }}, true as is_after, after as value from pairs_to_compare

    ),

    means as (

        select
            {{ keys }},
            count(*) as row_count,
            count(case when before is distinct from after then 1 end) as changed_count,
            {%- for side in ['before', 'after'] %}
            1e2 * (count(*) - count({{ side }})) / count(*) as missing_pct_{{ side }},
            {{ footfall.ordered_sum(side) }} / nullif(count({{ side }}), 0) as mean_{{ side }},
            {{ footfall.quantiles(side, quantiles.values() | list) }} as quantiles_{{ side }},
            {%- endfor %}
            count(before) as before_count,
            count(after) as after_count
        from pairs_to_compare
        group by {{ keys }}

    ),

    deviations as (

        select
            {%- for column in by %}
            means.{{ column }},
            {%- endfor %}
            {%- for side in ['before', 'after'] %}
            {%- set distance = '(given.' ~ side ~ ' - means.mean_' ~ side ~ ')' %}
            sqrt({{ footfall.ordered_sum(distance ~ ' * ' ~ distance) }} / nullif(count(given.{{ side }}), 0)) as sd_{{ side }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from means
        inner join pairs_to_compare as given on {{ footfall._same('means', 'given', by) }}
        group by {% for column in by %}means.{{ column }}{{ ', ' if not loop.last }}{% endfor %}

    ),

    binned as (

        {{ footfall.decile_bins('sides', by) }}

    ),

    stability as (

        {{ footfall.population_stability('binned', by) }}

    )

    select
        {%- for column in by %}
        means.{{ column }},
        {%- endfor %}
        means.row_count,
        means.changed_count,
        {%- for side in ['before', 'after'] %}
        means.missing_pct_{{ side }},
        means.mean_{{ side }},
        deviations.sd_{{ side }},
        {%- for name in quantiles %}
        {{ footfall.list_item('means.quantiles_' ~ side, loop.index) }} as {{ name }}_{{ side }},
        {%- endfor %}
        {%- endfor %}
        stability.psi
    from means
    inner join deviations on {{ footfall._same('means', 'deviations', by) }}
    inner join stability on {{ footfall._same('means', 'stability', by) }}
{%- endmacro %}
