-- Grain: one row per event (event_id) of any source, flagged, never dropped.
{# Who acts: the device, or the account where no device is known. #}
{% set actor_id = "coalesce(visitor_id, 'customer ' || customer_id)" %}

with fed as (

    {{ union_feeds('int_events', {
        'event_id': 'varchar',
        'visitor_id': 'varchar',
        'customer_id': 'varchar',
        'product_id': 'varchar',
        'order_id': 'varchar',
        'source': 'varchar',
        'event_type': 'varchar',
        'raw_event_type': 'varchar',
        'platform': 'varchar',
        'page_url': 'varchar',
        'page_referrer': 'varchar',
        'user_agent': 'varchar',
        'utm_source': 'varchar',
        'utm_medium': 'varchar',
        'utm_campaign': 'varchar',
        'utm_term': 'varchar',
        'utm_content': 'varchar',
        'search_term': 'varchar',
        'currency': 'varchar',
        'items': 'varchar',
        'time_basis': 'varchar',
        'availability_basis': 'varchar',
        'is_conflicting': 'boolean',
        'source_seq': 'bigint',
        'quantity': 'bigint',
        'unit_price': 'decimal(18, 4)',
        'event_value': 'decimal(18, 4)',
        'copy_count': 'bigint',
        'event_at': 'timestamp',
        'received_at': 'timestamp',
        'available_at': 'timestamp',
        'row_fingerprint': 'ubigint',
    }, derived={'actor_id': actor_id}) }}

),

event_types as (

    select * from {{ ref('event_types') }}

),

user_agents as (

    select * from {{ ref('int_user_agents') }}

),

final as (

    select
        fed.*,
        event_types.event_rank,
        event_types.is_automatic,
        case
            when fed.user_agent is null then {{ 'true' if var('missing_ua_is_bot') else 'false' }}
            else coalesce(user_agents.is_bot, false)
        end as is_bot,
        case when fed.user_agent is null then 'ua_missing' else user_agents.bot_reason end
            as bot_reasons,
        coalesce(user_agents.device_category, 'other') as device_category,
        coalesce(user_agents.browser, 'other') as browser,
        coalesce(user_agents.operating_system, 'other') as operating_system,
        {{ fingerprint([
            'fed.row_fingerprint', 'event_types.event_rank', 'event_types.is_automatic',
            'user_agents.agent_fingerprint',
        ]) }} as event_fingerprint
    from fed
    inner join event_types on fed.event_type = event_types.event_type
    left join user_agents on fed.user_agent = user_agents.user_agent

)

select * from final
