-- Grain: one row per training set as it was built (task).
with counted as (

    {% for task in checked_splits() %}
        select
            '{{ task }}' as task,
            '{{ training_code_hash(task) }}' as code_hash,
            '{{ training_set(task, '{as_known_at}') | replace("'", "''") }}' as query,
            count(*) as row_count,
            -- A sum does not mind the order of rows.
            sum(cast({{ fingerprint(['trn_' ~ task ~ '.*']) }} as decimal(38, 0))) as row_hash
        from {{ ref('trn_' ~ task) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        -- ids
        md5(concat_ws(
            '|', task, code_hash, cast(row_count as {{ sql_type('varchar') }}),
            cast(coalesce(row_hash, 0) as {{ sql_type('varchar') }})
        )) as training_set_id,
        task,

        -- attributes
        code_hash,
        -- Nothing is fitted yet.
        cast(null as {{ sql_type('varchar') }}) as params_version,
        md5(cast(coalesce(row_hash, 0) as {{ sql_type('varchar') }})) as content_hash,
        query,

        -- measures
        row_count,

        -- times
        {{ watermark(['int_events', 'int_orders', 'int_refunds']) }} as as_known_at
    from counted

)

select * from final
