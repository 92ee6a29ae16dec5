{#-
    A training set as a model is given it. Rows that train and miss what may not be missing (`drop_missing`) are left out; rows
    that train are encoded by the labels known before them, all others by what training knew in the end.

    Shape      a whole query: the spine's keys, split, params_version, the columns of the plan, label, prediction_at,
               available_as_of. What is not preprocessed stands in trn_<task>, by the same keys and prediction_at
    Arguments  task: in var `splits`
    Errors     of training_plan; transformed_training_set: trn_<task> declares no preprocessing, …
    Source     DEFINITIONS.md, sections 20 and 25
    Example    transformed_training_set('purchase_7d')
-#}
{% macro transformed_training_set(task) -%}
    {%- set plan = footfall.training_plan(task) -%}
    {%- if execute and not plan -%}
        {{ exceptions.raise_compiler_error(
            'transformed_training_set: trn_' ~ task ~ ' declares no preprocessing; write meta.preprocess at a column of its YAML, '
            ~ 'such as {impute: median}, or take the model away'
        ) }}
    {%- endif -%}
    {%- set label = footfall.checked_labels()[footfall.checked_splits()[task].label] -%}
    {%- set keys = footfall.checked_spines()[label.spine] -%}
    with learned as (

        select * from {{ ref('trn_' ~ task) }}
        where split <> 'train' or {{ footfall.is_complete(plan) }}

    ),

    final as (

        {{ footfall.preprocessed(
            task, 'learned', keys + ['split', 'label', 'prediction_at', 'available_as_of'],
            {'rows': "split = 'train'", 'keys': keys + ['prediction_at'], 'moment': 'prediction_at', 'label': 'label',
            'known_at': 'label_known_at'}
        ) }}

    )

    select
        -- ids
        {{ keys | join(',\n        ') }},

        -- attributes
        split,
        params_version,

        -- measures
        {%- for column in footfall.plan_columns(plan) %}
        {{ column.name }},
        {%- endfor %}
        label,

        -- times
        prediction_at,
        available_as_of
    from final
{%- endmacro %}
