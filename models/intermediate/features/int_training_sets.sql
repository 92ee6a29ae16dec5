-- Grain: one row per task (task): its training set, and the earlier values that preprocessing fills
-- gaps with, in numbers that differ where a row does.
{{ config(materialized='table') }}
{% set plans = preprocessed_tasks() %}
{# A sum does not mind the order of rows. #}
{% set rows_of = 'coalesce(sum(cast(' ~ fingerprint(['looked_at.*']) ~ ' as decimal(38, 0))), 0)' %}

with final as (

    {% for task in checked_splits() %}
        {% set histories = feature_history(task, training_moment()) %}
        {% set earlier = [] %}
        {% for one in plans.get(task, []) if one.last_days %}
            {% do earlier.append(
                '(select ' ~ rows_of ~ ' from ' ~ histories[one.feature].relation ~ ' as looked_at)'
            ) %}
        {% endfor %}
        select
            -- ids
            '{{ task }}' as task,

            -- attributes
            {{ task in plans }} as is_preprocessed,

            -- measures
            count(*) as row_count,
            {{ rows_of }} as row_hash,
            {{ fingerprint(earlier | unique | list or ['0']) }} as earlier_hash
        from {{ ref('trn_' ~ task) }} as looked_at
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
