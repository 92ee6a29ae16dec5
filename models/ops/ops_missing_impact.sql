-- Grain: one row per feature that a task preprocesses and, where it is filled by groups, one for
-- each group (impact_id: task, feature, group_column, group_value), of its rows that train.
{{ keyed_by('task', inputs=[
    {
        'model': 'int_training_sets',
        'where': 'is_preprocessed and train_count > 0',
        'fingerprint': fingerprint(['row_hash', 'row_count', 'earlier_hash']),
        'required': true,
    },
    {'model': 'ftr_fitted_parameters', 'where': 'is_current', 'fingerprint': 'params_version'},
]) }}
{% set statistics = ['mean', 'sd', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99'] %}

with changed as (

    select * from {{ changed_keys() }}

),

final as (

    {% for task, plan in preprocessed_tasks().items() %}
        select
            -- ids
            {{ row_id([
                "'" ~ task ~ "'", 'impact.feature', 'impact.group_column', 'impact.group_value',
            ]) }} as impact_id,
            '{{ task }}' as task,
            impact.feature,

            -- attributes
            impact.group_column,
            impact.group_value,

            -- measures
            impact.row_count,
            impact.missing_count,
            impact.missing_pct,
            impact.missing_pct_after,
            impact.changed_count,
            impact.label_rate_missing,
            impact.label_rate_present,
            impact.revenue as revenue_total,
            impact.revenue_lost as revenue_lost_total,
            impact.revenue_lost_pct,
            {% for side in ['before', 'after'] %}
                {% for statistic in statistics %}
                    impact.{{ statistic }}_{{ side }},
                {% endfor %}
            {% endfor %}
            impact.psi,
            changed.input_fingerprint
        from (
            with training_rows as (

                {{ training_rows(task, if_changed(ref('trn_' ~ task), task)) }}

            ),

            parameters as (

                select * from {{ current_parameters(task) }} as learned

            )

            select * from (
                {{ missing_impact(
                    'training_rows', 'parameters', plan, label='label', revenue='revenue',
                    history=feature_history(task, training_moment())
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
