{#-
    What is missing of each column, whether it matters for the label, what filling it changes and what deleting would cost.

    Shape      a whole query: feature, group_column, group_value, row_count, missing_count, missing_pct, label_rate_missing,
               label_rate_present, revenue, revenue_lost, revenue_lost_pct; changed_count, missing_pct_after, mean, sd, p01 … p99
               _before and _after, psi, as of `compared`; one row a feature, and one for each group of `by`, or of the column
               that the feature is filled by (group_median)
    Units      _pct 0 to 100; revenue as given; row_count rows of which missing_count would be deleted
    Arguments  relation, parameters, plan, history: as of transformed; by, label, revenue: columns of the relation
    Nulls      group_column null: all rows; group_value null: its null, or all rows; a rate of no rows is null; NaN and infinities are missing;
               of categories there are no means, no quantiles and no psi
    Source     DEFINITIONS.md, section 28
    Example    (x, y, revenue) (1, 1, 10), (null, 0, 5), (3, 0, 10), (null, 0, 5), (5, 1, 20), {impute: median}: 40 % missing,
               label rate 0 where missing, .6667 where present; deletion loses 20 % of revenue
-#}
{% macro missing_impact(relation, parameters, plan, by=none, label=none, revenue=none, history=none) -%}
    {%- set text = footfall.sql_type('varchar') -%}
    {%- set keep = [by, label, revenue] | select | unique | list -%}
    {%- set keys = ['feature', 'group_column', 'group_value'] -%}
    {#- Of each feature all rows, and the groups of a column: its name, and where `treated` has it. -#}
    {%- set groupings = [] -%}
    {%- for one in plan -%}
        {%- do groupings.append([one, none, none]) -%}
        {%- if by or one.fill_group -%}
            {%- do groupings.append([one, by or one.fill_group, by or one.feature ~ '__group']) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set statistics = ['mean', 'sd', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'] -%}
    with rows_with_gaps as (

        {{ footfall.treated(relation, parameters, plan, keep, history) }}

    ),

    measured as (
        {% for one, group_column, grouped_by in groupings %}
        select
            '{{ one.feature }}' as feature,
            {{ footfall._literal(group_column, text) }} as group_column,
            cast({{ grouped_by or 'null' }} as {{ text }}) as group_value,
            {{ one.feature }}__is_missing as is_missing,
            cast({{ label or 'null' }} as double) as label,
            {{ revenue or 'cast(null as double)' }} as revenue,
            {{ one.kind == 'number' }} as is_number,
            {{ (one.feature ~ '__read') if one.kind == 'number' else 'cast(null as double)' }} as before,
            {{ footfall._unlogged(one) if one.kind == 'number' else 'cast(null as double)' }} as after
        from rows_with_gaps
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    costs as (

        select
            {{ keys | join(', ') }},
            count(*) as row_count,
            count(case when is_missing then 1 end) as missing_count,
            {{ footfall.ordered_sum('case when is_missing then label end') }}
            / nullif(count(case when is_missing then label end), 0) as label_rate_missing,
            {{ footfall.ordered_sum('case when not is_missing then label end') }}
            / nullif(count(case when not is_missing then label end), 0) as label_rate_present,
            sum(revenue) as revenue,
            coalesce(sum(case when is_missing then revenue end), 0) as revenue_lost
        from measured
        group by {{ keys | join(', ') }}

    ),

    numbers_measured as (

        select {{ keys | join(', ') }}, before, after from measured where is_number

    ),

    changes as (

        {{ footfall.compared('numbers_measured', keys) }}

    )

    select
        costs.feature,
        costs.group_column,
        costs.group_value,
        costs.row_count,
        costs.missing_count,
        1e2 * costs.missing_count / costs.row_count as missing_pct,
        costs.label_rate_missing,
        costs.label_rate_present,
        costs.revenue,
        case when costs.revenue is not null then costs.revenue_lost end as revenue_lost,
        1e2 * cast(costs.revenue_lost as double) / nullif(cast(costs.revenue as double), 0) as revenue_lost_pct,
        changes.changed_count,
        changes.missing_pct_after,
        {%- for side in ['before', 'after'] %}
        {%- for name in statistics %}
        changes.{{ name }}_{{ side }},
        {%- endfor %}
        {%- endfor %}
        changes.psi
    from costs
    left join changes on {{ footfall._same('costs', 'changes', keys) }}
{%- endmacro %}
