-- Grain: one row per currency and day with a rate.
select
    currency,
    rate_date,
    'feeds' as source,
    base_currency,
    rate,
    available_at
from {{ ref('stg_feeds__exchange_rates') }}
where row_status = 'accepted'
