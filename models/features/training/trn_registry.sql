-- Grain: one row per training set as it was built (task).
{% set plans = preprocessed_tasks() %}

with counted as (

    {% for task in checked_splits() %}
        {% set parameters_query = training_parameters(
            task, plans[task], '{training_set}', "timestamp '{as_known_at}'"
        ) if task in plans %}
        select
            '{{ task }}' as task,
            '{{ training_code_hash(task) }}' as code_hash,
            '{{ training_set(task, '{as_known_at}') | replace("'", "''") }}' as query,
            nullif('{{ parameters_query | replace("'", "''") }}', '') as parameters_query,
            count(*) as row_count,
            -- A sum does not mind the order of rows.
            sum(cast({{ fingerprint(['trn_' ~ task ~ '.*']) }} as decimal(38, 0))) as row_hash
        from {{ ref('trn_' ~ task) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

fitted as (

    select
        task,
        max(params_version) as params_version
    from {{ ref('ftr_fitted_parameters') }}
    group by task

),

final as (

    select
        -- ids
        md5(concat_ws(
            '|', counted.task, counted.code_hash,
            cast(counted.row_count as {{ sql_type('varchar') }}),
            cast(coalesce(counted.row_hash, 0) as {{ sql_type('varchar') }})
        )) as training_set_id,
        counted.task,

        -- attributes
        counted.code_hash,
        fitted.params_version,
        md5(cast(coalesce(counted.row_hash, 0) as {{ sql_type('varchar') }})) as content_hash,
        counted.query,
        counted.parameters_query,

        -- measures
        counted.row_count,

        -- times
        {{ known_through() }} as as_known_at
    from counted
    left join fitted on counted.task = fitted.task

)

select * from final
