{#-
    What each step did to each number: how many values it changed, and the distribution before and after it.

    Shape      a whole query: feature, step (cap, impute, log, scale) and the columns of `compared`; one row a number and a step it has
    Arguments  relation, parameters, plan, history: as of transformed
    Nulls      psi is null for log and scale: they change the unit, not who is above whom
    Source     DEFINITIONS.md, sections 26 and 28
    Example    {cap: tukey} on 1, 2, 3, 4, 100: changed_count 1, mean 22 -> 3.4
-#}
{% macro treatment_impact(relation, parameters, plan, history=none) -%}
    {%- set steps = footfall.treatment_steps(plan) -%}
    {%- if execute and not steps -%}
        {{ exceptions.raise_compiler_error('treatment_impact: the plan has no step that changes a number') }}
    {%- endif -%}
    with rows_at_each_step as (

        {{ footfall.treated(relation, parameters, plan, [], history) }}

    ),

    steps as (
        {% for feature, step, before, after in steps %}
        select
            '{{ feature }}' as feature,
            '{{ step }}' as step,
            {{ feature }}__{{ before }} as before,
            {{ feature }}__{{ after }} as after
        from rows_at_each_step
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    changes as (

        {{ footfall.compared('steps', ['feature', 'step']) }}

    )

    select
        feature,
        step,
        row_count,
        changed_count,
        {%- for side in ['before', 'after'] %}
        {%- for name in ['missing_pct', 'mean', 'sd', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'] %}
        {{ name }}_{{ side }},
        {%- endfor %}
        {%- endfor %}
        case when step in ('cap', 'impute') then psi end as psi
    from changes
{%- endmacro %}
