{#-
    The tasks whose training set declares preprocessing of some column, each with its plan.

    Shape      dictionary: task -> plan, of training_plan; not SQL. While dbt parses all tasks, with plans still empty
    Errors     of training_plan
    Example    {'purchase_7d': [{'feature': 'net_sales_90d', …}, …]}
-#}
{% macro preprocessed_tasks() -%}
    {%- set plans = {} -%}
    {%- for task in footfall.checked_splits() -%}
        {%- set plan = footfall.training_plan(task) -%}
        {%- if plan or not execute -%} {%- do plans.update({task: plan}) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(plans) }}
{%- endmacro %}
