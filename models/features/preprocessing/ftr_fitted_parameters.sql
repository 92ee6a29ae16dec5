-- Grain: one row per statistic that a task's training rows taught (task, statistic_id).
{{ config(alias='fitted_parameters') }}
{% set known_at = known_through() %}

with final as (

    {% for task, plan in preprocessed_tasks().items() %}
        select * from (
            {{ training_parameters(task, plan, ref('trn_' ~ task), known_at) }}
        ) as {{ task }}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ no_rows() }}
    {% endfor %}

)

select * from final
