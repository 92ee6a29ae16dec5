-- Grain: one row per task that preprocesses something (task), of its rows that train.
with final as (

    {% for task, plan in preprocessed_tasks().items() %}
        select
            -- ids
            '{{ task }}' as task,

            -- measures
            impact.row_count,
            impact.dropped_count,
            impact.dropped_pct,
            impact.label_rate_dropped,
            impact.label_rate_kept,
            impact.revenue as revenue_total,
            impact.revenue_lost as revenue_lost_total,
            impact.revenue_lost_pct
        from (
            with training_rows as (

                {{ training_rows(task) }}

            )

            {{ deletion_impact('training_rows', plan, label='label', revenue='revenue') }}
        ) as impact
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ no_rows() }}
    {% endfor %}

)

select * from final
