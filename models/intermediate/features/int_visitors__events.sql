-- Grain: one row per event of a device (event_id).
select
    -- ids
    event_id,
    visitor_id,
    product_id,

    -- attributes
    event_type,

    -- times
    event_on,
    event_at,
    available_at
from {{ ref('fct_events') }}
where visitor_id is not null and not is_bot_by_agent and not is_internal
