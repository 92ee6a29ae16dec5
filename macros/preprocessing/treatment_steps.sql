{#-
    The steps of a plan that change numbers, in their order.

    Shape      list of [feature, step, before, after]; not SQL. The columns <feature>__<before> and __<after> are those of `treated`
    Arguments  plan: of checked_preprocessing
    Example    {x: {cap: tukey, log: true}} -> [['x', 'cap', 'read', 'capped'], ['x', 'log', 'capped', 'log']]
-#}
{% macro treatment_steps(plan) -%}
    {%- set steps = [] -%}
    {%- for one in plan if one.kind == 'number' -%}
        {%- if one.clips -%} {%- do steps.append([one.feature, 'cap', 'read', 'capped']) -%} {%- endif -%}
        {%- if one.fill or one.last_days -%}
            {%- do steps.append([one.feature, 'impute', 'capped' if one.clips else 'read', 'imputed']) -%}
        {%- endif -%}
        {%- if one.log -%} {%- do steps.append([one.feature, 'log', footfall._unlogged(one).split('__')[-1], 'log']) -%} {%- endif -%}
        {%- if one.scale -%} {%- do steps.append([one.feature, 'scale', footfall._prepared(one).split('__')[-1], one.scale]) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}
