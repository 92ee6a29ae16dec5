-- Grain: one row per landed file of a load (source, entity, load_id, file_id).
-- raw is counted in landing, the verdicts in staging, declared in the loader's manifest: three
-- witnesses.
with files as (

    select * from {{ ref('stg_landing__files') }}
    where status = 'landed'

),

landed as (

    {% for labelled in labelled_models() %}
        select
            '{{ labelled.source }}' as source,
            '{{ labelled.entity }}' as entity,
            _dlt_load_id as load_id,
            _file_id as file_id,
            count(*) as raw_count
        from {{ source(labelled.source, labelled.entity) }}
        group by _dlt_load_id, _file_id
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

labelled as (

    {% for labelled in labelled_models() %}
        select
            '{{ labelled.source }}' as source,
            '{{ labelled.entity }}' as entity,
            _dlt_load_id as load_id,
            _file_id as file_id,
            count(case when row_status = 'accepted' then 1 end) as accepted_count,
            count(case when row_status = 'duplicate' then 1 end) as duplicate_count,
            count(case when row_status = 'rejected' then 1 end) as quarantined_count,
            count(case when row_status = 'erased' then 1 end) as erased_count
        from {{ ref(labelled.model) }}
        group by _dlt_load_id, _file_id
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- A row that any witness knows of is listed, whether or not the others do.
keys as (

    select
        source,
        entity,
        load_id,
        file_id
    from files
    union
    select
        source,
        entity,
        load_id,
        file_id
    from landed
    union
    select
        source,
        entity,
        load_id,
        file_id
    from labelled

),

final as (

    select
        -- ids
        keys.source,
        keys.entity,
        keys.load_id,
        keys.file_id,

        -- attributes
        files.file_name,

        -- measures
        cast(coalesce(files.row_count, 0) as bigint) as declared_count,
        cast(coalesce(landed.raw_count, 0) as bigint) as raw_count,
        cast(coalesce(labelled.accepted_count, 0) as bigint) as accepted_count,
        cast(coalesce(labelled.duplicate_count, 0) as bigint) as duplicate_count,
        cast(coalesce(labelled.quarantined_count, 0) as bigint) as quarantined_count,
        cast(coalesce(labelled.erased_count, 0) as bigint) as erased_count
    from keys
    left join files
        on
            keys.source = files.source
            and keys.entity = files.entity
            and keys.load_id = files.load_id
            and keys.file_id = files.file_id
    left join landed
        on
            keys.source = landed.source
            and keys.entity = landed.entity
            and keys.load_id = landed.load_id
            and keys.file_id = landed.file_id
    left join labelled
        on
            keys.source = labelled.source
            and keys.entity = labelled.entity
            and keys.load_id = labelled.load_id
            and keys.file_id = labelled.file_id

)

select * from final
