-- Grain: one row per training set (training_set_id): that of each task in this build, and those
-- that earlier ones published.
{% set columns = [
    'training_set_id', 'task', 'code_hash', 'params_version', 'content_hash', 'row_count',
    'as_known_at',
] | join(', ') %}
{% set plans = preprocessed_tasks() %}

with declared as (

    {% for task in checked_splits() %}
        {% set parameters_query = training_parameters(
            task, plans[task], '{training_set}', "timestamp '{as_known_at}'"
        ) if task in plans %}
        select
            '{{ task }}' as task,
            '{{ training_code_hash(task) }}' as code_hash,
            '{{ training_set(task, '{as_known_at}') | replace("'", "''") }}' as query,
            nullif('{{ parameters_query | replace("'", "''") }}', '') as parameters_query
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted as (

    select * from {{ ref('int_training_sets') }}

),

fitted as (

    select
        task,
        max(params_version) as params_version
    from {{ ref('ftr_fitted_parameters') }}
    where is_current
    group by task

),

built as (

    select
        md5(concat_ws(
            '|', declared.task, declared.code_hash, coalesce(fitted.params_version, ''),
            cast(counted.row_count as {{ sql_type('varchar') }}),
            cast(counted.row_hash as {{ sql_type('varchar') }})
        )) as training_set_id,
        declared.task,
        declared.code_hash,
        fitted.params_version,
        md5(cast(counted.row_hash as {{ sql_type('varchar') }})) as content_hash,
        declared.query,
        declared.parameters_query,
        counted.row_count,
        {{ training_moment() }} as as_known_at,
        {{ known_through() }} as known_through
    from declared
    inner join counted on declared.task = counted.task
    left join fitted on declared.task = fitted.task

),

kept as (

    {{ kept_rows('training_sets') }}

),

final as (

    select
        {{ columns }},
        known_through,
        query,
        parameters_query,
        true as is_current
    from built
    union all
    select
        {{ columns }},
        null as known_through,
        null as query,
        null as parameters_query,
        false as is_current
    from kept
    where training_set_id not in (select built.training_set_id from built)

)

select * from final
