-- Grain: one row per customer account and span of time in which nothing about it changed
-- (customer_id, valid_from).
with versions as (

    select * from {{ ref('int_customers__versions') }}

),

history as (

    {{ version_history(
        'versions', 'customer_id', ['source', 'country', 'registered_at', 'is_deleted']
    ) }}

),

final as (

    select
        -- ids
        customer_id,

        -- attributes
        source,
        country,
        is_deleted,
        is_current,

        -- times
        registered_at,
        valid_from,
        valid_to,
        available_at
    from history

)

select * from final
