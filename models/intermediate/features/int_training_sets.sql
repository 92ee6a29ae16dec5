-- Grain: one row per task (task): its training set, and the earlier values that preprocessing fills
-- gaps with, in numbers that differ where a row does.
{{ config(materialized='table') }}
{% set plans = preprocessed_tasks() %}

with final as (

    {% for task in checked_splits() %}
        {% set histories = feature_history(task, training_moment()) %}
        {% set earlier = [] %}
        {% for one in plans.get(task, []) if one.last_days %}
            {% set history = histories[one.feature] %}
            {% set read = history.entity + [history.moment, history.known_at, one.feature] %}
            {% do earlier.append(
                '(select ' ~ rows_hash(read) ~ ' from ' ~ history.relation ~ ' as earlier)'
            ) %}
        {% endfor %}
        select
            -- ids
            '{{ task }}' as task,

            -- attributes
            {{ task in plans }} as is_preprocessed,

            -- measures
            count(*) as row_count,
            count(case when split = 'train' then 1 end) as train_count,
            {{ rows_hash(['trn_' ~ task ~ '.*']) }} as row_hash,
            {{ fingerprint(earlier | unique | list or ['0']) }} as earlier_hash
        from {{ ref('trn_' ~ task) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
