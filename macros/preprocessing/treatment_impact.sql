{#-
    What each step did to each feature: how many values it changed, and the distribution before and after it.

    Shape      a whole query: feature, step (cap, impute, log, scale, bin, encode), column_name, which is <feature>__<what it left>,
               and the columns of `compared`; one row a feature, a step it has and a column that the step left: only one_hot leaves
               several
    Arguments  relation, parameters, plan, history, ordered: as of transformed
    Nulls      psi is null but for cap and impute: the others change the unit, not who is above whom. A category has no mean, sd or
               quantiles before it is encoded; encoding changes every row
    Source     DEFINITIONS.md, sections 26 and 28
    Example    {cap: tukey} on 1, 2, 3, 4, 100: changed_count 1, mean 22 -> 3.4
-#}
{% macro treatment_impact(relation, parameters, plan, history=none, ordered=none) -%}
    {%- set steps = footfall.treatment_steps(plan) -%}
    {%- if execute and not steps -%}
        {{ exceptions.raise_compiler_error('treatment_impact: the plan has no step that gives a number') }}
    {%- endif -%}
    with rows_at_each_step as (

        {{ footfall.treated(relation, parameters, plan, [], history, ordered) }}

    ),

    steps as (
        {% for feature, step, before, after in steps %}
        select
            '{{ feature }}' as feature,
            '{{ step }}' as step,
            '{{ feature }}__{{ after }}' as column_name,
            {%- if step == 'encode' %}
            -- Of a text only whether there is one.
            case when {{ feature }}__{{ before }} is not null then 0e0 end as before,
            {%- else %}
            {{ feature }}__{{ before }} as before,
            {%- endif %}
            cast({{ feature }}__{{ after }} as double) as after
        from rows_at_each_step
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    changes as (

        {{ footfall.compared('steps', ['feature', 'step', 'column_name']) }}

    )

    select
        feature,
        step,
        column_name,
        row_count,
        case when step = 'encode' then row_count else changed_count end as changed_count,
        {%- for side in ['before', 'after'] %}
        missing_pct_{{ side }},
        {%- for name in ['mean', 'sd', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'] %}
        {%- if side == 'before' %}
        case when step <> 'encode' then {{ name }}_before end as {{ name }}_before,
        {%- else %}
        {{ name }}_after,
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        case when step in ('cap', 'impute') then psi end as psi
    from changes
{%- endmacro %}
