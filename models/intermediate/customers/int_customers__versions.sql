-- Grain: one row per received version of a customer account (customer_id, valid_from,
-- available_at, version_id), as often as it became known anew.
with fed as (

    {{ union_feeds('int_customers__versions', {
        'customer_id': 'varchar',
        'source': 'varchar',
        'country': 'varchar',
        'registered_at': 'timestamp',
        'is_deleted': 'boolean',
        'valid_from': 'timestamp',
        'available_at': 'timestamp',
        'loaded_at': 'timestamp',
    }) }}

),

identified as (

    select
        *,
        {{ row_id(['source', 'country', 'registered_at', 'is_deleted']) }} as version_id
    from fed

),

final as (

    select
        -- ids
        customer_id,
        version_id,

        -- attributes
        source,
        country,
        is_deleted,

        -- times
        registered_at,
        valid_from,
        available_at,
        max(loaded_at) as loaded_at
    from identified
    group by
        customer_id,
        version_id,
        source,
        country,
        is_deleted,
        registered_at,
        valid_from,
        available_at

)

select * from final
