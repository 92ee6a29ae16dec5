{#-
    The steps of a plan that give numbers, in their order; an encoding once for each column that it makes.

    Shape      list of [feature, step, before, after]; not SQL. The columns <feature>__<before> and __<after> are those of `treated`;
               those before `encode` are texts
    Arguments  plan: of checked_preprocessing
    Example    {x: {cap: tukey, log: true}} -> [['x', 'cap', 'read', 'capped'], ['x', 'log', 'capped', 'log']]
               {c: {encode: one_hot, top: 1}} -> [['c', 'encode', 'read', 'top_1'], … 'other'], … 'null']]
-#}
{% macro treatment_steps(plan) -%}
    {%- set steps = [] -%}
    {%- for one in plan -%}
        {%- set prepared = footfall._prepared(one).split('__')[-1] -%}
        {%- if one.kind == 'number' -%}
            {%- set unlogged = footfall._unlogged(one).split('__')[-1] -%}
            {%- if one.clips -%} {%- do steps.append([one.feature, 'cap', 'read', 'capped']) -%} {%- endif -%}
            {%- if one.fill or one.last_days -%}
                {%- do steps.append([one.feature, 'impute', 'capped' if one.clips else 'read', 'imputed']) -%}
            {%- endif -%}
            {%- if one.log -%} {%- do steps.append([one.feature, 'log', unlogged, 'log']) -%} {%- endif -%}
            {%- if one.scale -%} {%- do steps.append([one.feature, 'scale', prepared, one.scale]) -%} {%- endif -%}
            {%- if one.bins -%} {%- do steps.append([one.feature, 'bin', prepared, 'bin']) -%} {%- endif -%}
        {%- elif one.encode -%}
            {%- for column in one.columns if column.data_type != 'boolean' -%}
                {%- do steps.append([one.feature, 'encode', prepared, column.name.split('__')[-1]]) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}
