-- Grain: one row per account (customer_id) and verified contact (contact_type).
-- The shop confirms e-mail addresses when an account is opened; phone numbers it takes as typed.
select
    customer_id,
    'email' as contact_type,
    {{ contact_hash('email') }} as contact_hash
from {{ ref('stg_shop__customers') }}
where row_status = 'accepted' and not is_deleted and {{ contact_hash('email') }} is not null
