-- Grain: one row per feature (model_name, feature_name), as its YAML describes it.
{{ config(alias='catalog') }}
{% set features = feature_columns() %}

with features (
    model_name,
    feature_name,
    entity,
    feature_window,
    aggregation,
    nulls,
    data_type,
    owner,
    is_personal,
    description
) as (

    {% for feature in features %}
        select
            '{{ feature.model }}',
            '{{ feature.feature }}',
            '{{ feature.entity }}',
            '{{ feature.window }}',
            '{{ feature.aggregation }}',
            '{{ feature.nulls }}',
            '{{ feature.data_type }}',
            '{{ feature.owner }}',
            {{ 'true' if feature.is_personal else 'false' }},
            '{{ feature.description | replace("'", "''") }}'
        {{ 'union all' if not loop.last }}
    {% else %}
        select '', '', '', '', '', '', '', '', false, ''
        where false
    {% endfor %}

)

select
    -- ids
    model_name,
    feature_name,

    -- attributes
    entity,
    feature_window,
    aggregation,
    nulls,
    data_type,
    owner,
    is_personal,
    description
from features
