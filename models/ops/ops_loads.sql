-- Grain: one row per load of an entity (source, entity, load_id).
with files as (

    select * from {{ ref('stg_landing__files') }}

),

final as (

    select
        -- ids
        source,
        entity,
        load_id,

        -- attributes
        min(load_mode) as load_mode,

        -- measures
        count(case when status = 'landed' then 1 end) as landed_file_count,
        count(case when status = 'redelivered' then 1 end) as redelivered_file_count,
        count(case when status = 'set_aside' then 1 end) as set_aside_file_count,
        cast(sum(row_count) as bigint) as row_count,

        -- times
        max(loaded_at) as loaded_at
    from files
    group by source, entity, load_id

)

select * from final
