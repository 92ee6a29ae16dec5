-- Grain: one row per statistic that the training rows of this build taught (params_version,
-- statistic_id).
{{ config(materialized='table') }}

with final as (

    {% for task, plan in preprocessed_tasks().items() %}
        select * from (
            {{ training_parameters(task, plan, ref('trn_' ~ task), training_moment()) }}
        ) as {{ task }}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ no_rows() }}
    {% endfor %}

)

select * from final
