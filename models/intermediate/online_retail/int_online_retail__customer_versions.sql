-- Grain: one row per customer, moment and country that an invoice line names (customer_id,
-- valid_from, country).
select
    customer_id,
    'online_retail' as source,
    country,
    false as is_deleted,
    min(ordered_at) over (partition by customer_id) as registered_at,
    ordered_at as valid_from,
    min(available_at) as available_at,
    min(loaded_at) as loaded_at
from {{ ref('stg_online_retail__invoice_lines') }}
where row_status = 'accepted' and customer_id is not null
group by customer_id, ordered_at, country
