{#-
    What the deletion policy takes out, all its columns together.

    Shape      a whole query of one row: row_count, dropped_count, dropped_pct, label_rate_dropped, label_rate_kept, revenue,
               revenue_lost, revenue_lost_pct
    Units      _pct 0 to 100; revenue as given
    Arguments  relation: a CTE or a table; plan: of checked_preprocessing; label, revenue: columns of the relation
    Nulls      a rate or a share of nothing is null
    Source     DEFINITIONS.md, section 28
    Example    {x: {drop_missing: true}} on the rows of missing_impact: 2 of 5 dropped, 20 % of revenue
-#}
{% macro deletion_impact(relation, plan, label=none, revenue=none) -%}
    select
        count(*) as row_count,
        count(case when not is_kept then 1 end) as dropped_count,
        1e2 * count(case when not is_kept then 1 end) / nullif(count(*), 0) as dropped_pct,
        {{ footfall.ordered_sum('case when not is_kept then label end') }}
        / nullif(count(case when not is_kept then label end), 0) as label_rate_dropped,
        {{ footfall.ordered_sum('case when is_kept then label end') }}
        / nullif(count(case when is_kept then label end), 0) as label_rate_kept,
        sum(revenue) as revenue,
        coalesce(sum(case when not is_kept then revenue end), sum(revenue) * 0) as revenue_lost,
        1e2 * cast(coalesce(sum(case when not is_kept then revenue end), 0) as double)
        / nullif(cast(sum(revenue) as double), 0) as revenue_lost_pct
    from (
        select
            {{ footfall.is_complete(plan) }} as is_kept,
            cast({{ label or 'null' }} as double) as label,
            {{ revenue or 'cast(null as double)' }} as revenue
        from {{ relation }}
    ) as judged
{%- endmacro %}
