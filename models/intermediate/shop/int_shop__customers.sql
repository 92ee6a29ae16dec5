-- Grain: one row per customer account (customer_id) that the shop still holds.
select
    customer_id,
    'shop' as source,
    country,
    created_at as registered_at,
    available_at
from {{ ref('stg_shop__customers') }}
where row_status = 'accepted' and not is_deleted
