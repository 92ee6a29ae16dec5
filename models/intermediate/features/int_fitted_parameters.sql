-- Grain: one row per statistic that the training rows of this build taught (params_version,
-- statistic_id).
{{ keyed_by(
    'task',
    inputs=[{
        'model': 'int_training_sets',
        'where': 'is_preprocessed',
        'fingerprint': fingerprint(['row_hash', 'row_count', 'earlier_hash']),
    }],
    constants=['int_training_moment']
) }}

with changed as (

    select * from {{ changed_keys() }}

),

final as (

    {% for task, plan in preprocessed_tasks().items() %}
        select
            {{ task }}.*,
            changed.input_fingerprint
        from (
            {{ training_parameters(
                task, plan, if_changed(ref('trn_' ~ task), task), training_moment()
            ) }}
        ) as {{ task }}
        inner join changed on {{ task }}.task = changed.task
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ no_rows() }}
    {% endfor %}

)

select * from final
