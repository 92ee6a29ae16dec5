-- Grain: one row per received file (source, entity, file_id, load_id); an API page and a table's
-- changes are files too.
select
    -- ids
    source,
    entity,
    file_id,
    load_id,
    file_number,

    -- attributes
    file_name,
    status,
    reason,
    detail,
    load_mode,
    is_superseded,

    -- measures
    row_count,
    byte_count,

    -- times
    loaded_at
from {{ ref('stg_landing__files') }}
