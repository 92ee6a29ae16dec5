-- Whatever is told of a row or a field names a file that was received in that load.
with told as (

    select
        'ops_duplicates' as told_in,
        source,
        entity,
        load_id,
        file_id
    from {{ ref('ops_duplicates') }}
    union
    select
        'ops_quarantine' as told_in,
        source,
        entity,
        load_id,
        file_id
    from {{ ref('ops_quarantine') }}
    union
    select
        'ops_row_accounting' as told_in,
        source,
        entity,
        load_id,
        file_id
    from {{ ref('ops_row_accounting') }}
    union
    select
        'ops_schema_changes' as told_in,
        source,
        entity,
        load_id,
        file_id
    from {{ ref('ops_schema_changes') }}

),

files as (

    select
        files.source,
        files.entity,
        files.load_id,
        files.file_id
    from {{ ref('ops_files') }} as files
    inner join {{ ref('ops_loads') }} as loads
        on
            files.source = loads.source
            and files.entity = loads.entity
            and files.load_id = loads.load_id

)

select told.*
from told
left join files
    on
        told.source = files.source
        and told.entity = files.entity
        and told.load_id = files.load_id
        and told.file_id = files.file_id
where files.file_id is null
