-- Grain: one row per day, source, medium and campaign of each data source (spend_on, spend_key).
with fed as (

    {{ union_feeds('int_ad_spend', {
        'spend_on': 'date',
        'spend_source': 'varchar',
        'spend_medium': 'varchar',
        'spend_campaign': 'varchar',
        'source': 'varchar',
        'currency': 'varchar',
        'cost': 'decimal(18, 4)',
        'impression_count': 'bigint',
        'click_count': 'bigint',
        'available_at': 'timestamp',
    }) }}

),

final as (

    select
        *,
        -- A key may not be null, and these may.
        {{ fingerprint(['spend_source', 'spend_medium', 'spend_campaign']) }} as spend_key
    from fed

)

select * from final
