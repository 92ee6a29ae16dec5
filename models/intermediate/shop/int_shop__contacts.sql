-- Grain: one row per account (customer_id) and verified contact (contact_type).
-- The shop confirms e-mail addresses when an account is opened; phone numbers it takes as typed.
with hashed as (

    select
        customer_id,
        'email' as contact_type,
        {{ contact_hash("'email'", 'email') }} as contact_hash
    from {{ ref('stg_shop__customers') }}
    where row_status = 'accepted' and not is_deleted

)

select * from hashed
where contact_hash is not null
