{#-
    The rows of a task that train, and what each of them is worth: what the impact of preprocessing is measured on.

    Shape      a whole query: the columns of trn_<task> and revenue, a decimal
    Arguments  task: in var `splits`; relation: where its rows are, none: trn_<task>
    Nulls      revenue is null where the task's YAML names no column of it (meta.revenue of the model)
    Errors     trn_<task>: meta.revenue: there is no column <name>
    Source     a decimal, because a sum of doubles depends on their order
    Example    config: {meta: {revenue: net_sales_90d}}
-#}
{% macro training_rows(task, relation=none) -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.trn_' ~ task] if execute else {'config': {'meta': {}}} -%}
    {%- set revenue = node.config.meta.get('revenue') -%}
    {%- if revenue and revenue not in node.columns -%}
        {{ exceptions.raise_compiler_error('trn_' ~ task ~ ': meta.revenue: there is no column ' ~ revenue) }}
    {%- endif -%}
    select
        *,
        cast({{ revenue or 'null' }} as decimal(28, 8)) as revenue
    from {{ ref('trn_' ~ task) if relation is none else relation }}
    where split = 'train'
{%- endmacro %}
