{#-
    The rows of a task's training set while the model that calls it makes the task anew, and else none.

    Shape      a relation for `from`: all columns; the model is keyed by task and has a CTE `changed`, of changed_keys()
    Arguments  relation: trn_<task>; task: in var `splits`
    Source     what one task taught, or shows, stays while its own set does
    Example    select * from {{ if_changed(ref('trn_churn_90d'), 'churn_90d') }} as learned
-#}
{% macro if_changed(relation, task) -%}
    (select * from {{ relation }} where exists (select 1 from changed where changed.task = '{{ task }}'))
{%- endmacro %}
