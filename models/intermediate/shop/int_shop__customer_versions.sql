-- Grain: one row per landed version of a customer account (_file_id, _row_number), sound ones only.
select
    customer_id,
    _file_id,
    _row_number,
    'shop' as source,
    country,
    is_deleted,
    created_at as registered_at,
    -- A row that is gone says nothing of when it went: what we saw counts.
    case when is_deleted then available_at else coalesce(updated_at, created_at, available_at) end
        as valid_from,
    available_at,
    loaded_at
from {{ ref('stg_shop__customers') }}
where reject_reasons is null
