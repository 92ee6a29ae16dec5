-- Grain: one row per feature that a task preprocesses, step, and column that the step left (task,
-- column_name), of its rows that train.
{{ keyed_by('task', inputs=[
    {
        'model': 'int_training_sets',
        'where': 'is_preprocessed and train_count > 0',
        'fingerprint': fingerprint(['row_hash', 'row_count', 'earlier_hash']),
        'required': true,
    },
    {'model': 'ftr_fitted_parameters', 'where': 'is_current', 'fingerprint': 'params_version'},
]) }}
{% set statistics = [
    'missing_pct', 'mean', 'sd', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'
] %}
{% set tasks = [] %}
{% for task, plan in preprocessed_tasks().items() if treatment_steps(plan) or not execute %}
    {% do tasks.append([task, plan]) %}
{% endfor %}

with changed as (

    select * from {{ changed_keys() }}

),

final as (

    {% for task, plan in tasks %}
        {% set label = checked_labels()[checked_splits()[task].label] %}
        {% set keys = checked_spines()[label.spine] + ['prediction_at'] %}
        select
            -- ids
            '{{ task }}' as task,
            impact.feature,
            impact.step,
            impact.column_name,

            -- measures
            impact.row_count,
            impact.changed_count,
            {% for side in ['before', 'after'] %}
                {% for statistic in statistics %}
                    impact.{{ statistic }}_{{ side }},
                {% endfor %}
            {% endfor %}
            impact.psi,
            changed.input_fingerprint
        from (
            -- A row that misses what it may not teaches nothing, and is given nothing.
            with training_rows as (

                select * from (
                    {{ training_rows(task, if_changed(ref('trn_' ~ task), task)) }}
                ) as rows_that_train
                where {{ is_complete(plan) }}

            ),

            parameters as (

                select * from {{ current_parameters(task) }} as learned

            )

            select * from (
                {{ treatment_impact(
                    'training_rows', 'parameters', plan, feature_history(task, training_moment()),
                    {
                        'rows': 'true', 'keys': keys, 'moment': 'prediction_at', 'label': 'label',
                        'known_at': 'label_known_at'
                    }
                ) }}
            ) as measured
        ) as impact
        inner join changed on changed.task = '{{ task }}'
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ no_rows() }}
    {% endfor %}

)

select * from final
