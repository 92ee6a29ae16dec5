-- Grain: one row per statistic that a task's training rows taught (task, statistic_id).
{{ config(alias='fitted_parameters') }}
{% set known_at = watermark(['int_events', 'int_orders', 'int_refunds']) %}

with final as (

    {% for task, plan in preprocessed_tasks().items() %}
        select * from (
            {{ training_parameters(task, plan, ref('trn_' ~ task), known_at) }}
        ) as {{ task }}
        {{ 'union all' if not loop.last }}
    {% else %}
        select
            '' as params_version,
            '' as task,
            '' as statistic_id,
            '' as feature,
            '' as step,
            '' as group_key,
            '' as stat,
            0e0 as value,
            '' as text_value,
            cast(0 as bigint) as row_count,
            cast(null as timestamp) as fit_from,
            cast(null as timestamp) as fit_to,
            cast(null as timestamp) as as_known_at
        where false
    {% endfor %}

)

select * from final
