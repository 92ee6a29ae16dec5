-- Grain: one row per landed version of a customer (_file_id, _row_number), judged once and never
-- dropped.
{% set time_zone = time_zone_of('shop') %}

with landed as (

    select * from {{ source('shop', 'customers') }}

),

files as (

    select * from {{ landed_files('shop', 'customers') }}

),

parsed as (

    select
        -- ids
        {{ id_text('landed.customer_id') }} as customer_id,
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,

        -- attributes
        {{ not_blank('landed.email') }} as email,
        {{ not_blank('landed.phone') }} as phone,
        {{ not_blank('landed.country') }} as country,
        {{ not_blank('landed.created_at') }} as created_at_text,
        landed._source_file,
        coalesce(landed._is_deleted, false) as is_deleted,
        files.load_mode,
        files.is_superseded,

        -- times
        {{ local_to_utc('landed.created_at', time_zone) }} as created_at,
        {{ believable(local_to_utc('landed.updated_at', time_zone), 'files.loaded_at') }}
            as updated_at,
        files.loaded_at
    from landed
    inner join files on landed._file_id = files.file_id

),

judged as (

    select
        *,
        {{ reject_reasons({
            'missing_field:customer_id': 'customer_id is null',
            'missing_time': 'not is_deleted and created_at_text is null',
            'bad_type:created_at': 'created_at_text is not null and created_at is null',
            'ancient_timestamp': "created_at < timestamp '" ~ var('earliest_event_at') ~ "'",
            'future_timestamp': "created_at > loaded_at + interval '1 day'",
        }) }} as reject_reasons
    from parsed

),

numbered as (

    select
        *,
        -- The table's present state counts: of the sound versions the one that landed last.
        row_number() over (
            partition by customer_id, reject_reasons is null, is_superseded
            order by loaded_at desc, _dlt_load_id desc, _row_number desc, _file_id asc
        ) as version_number
    from judged

),

final as (

    select
        -- ids
        customer_id,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        email,
        phone,
        country,
        is_deleted,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded or (reject_reasons is null and version_number > 1) then 'superseded'
        end as duplicate_reason,
        _source_file,

        -- times
        created_at,
        updated_at,
        loaded_at,
        {{ available_at('updated_at', 'updated_at') }} as available_at
    from numbered

)

select * from final
