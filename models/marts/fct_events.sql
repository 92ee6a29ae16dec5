-- Grain: one row per accepted event (event_id).
{{ keyed_by(
    'actor_id',
    inputs=['int_actors', 'int_sessions__events', 'int_identity__events'],
    constants=['internal_traffic']
) }}

with changed as (

    select
        *,
        -- A device that nobody ever logged in on is its own person, then and now.
        md5({{ identity_key('visitor', 'actor_id') }}) as own_person_id
    from {{ changed_keys() }}

),

events as (

    select
        events.*,
        changed.own_person_id,
        changed.input_fingerprint
    from {{ ref('int_events') }} as events
    inner join changed on events.actor_id = changed.actor_id

),

session_events as (

    select session_events.*
    from {{ ref('int_sessions__events') }} as session_events
    inner join {{ changed_keys() }} as changed on session_events.actor_id = changed.actor_id

),

identities as (

    select identities.*
    from {{ ref('int_identity__events') }} as identities
    inner join {{ changed_keys() }} as changed on identities.actor_id = changed.actor_id

),

visits as (

    select
        events.actor_id,
        session_events.session_id,
        events.event_id,
        events.event_type,
        events.product_id,
        events.event_at,
        events.available_at
    from events
    inner join session_events on events.event_id = session_events.event_id

),

-- A device that behaves like a program once is one, in all it ever does.
programs as (

    {{ bots_by_behaviour('visits') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

internal_traffic as (

    select * from {{ ref('internal_traffic') }}

),

dated as (

    select
        *,
        {{ local_day('event_at') }} as event_on,
        -- A view or a cart names a product and its price, seldom a value.
        coalesce(event_value, try_cast(quantity * unit_price as decimal(18, 4))) as item_value,
        coalesce({{ url_host('page_url') }} in (
            select internal_traffic.value from internal_traffic
            where internal_traffic.kind = 'host'
        ), false)
        or coalesce(customer_id in (
            select internal_traffic.value from internal_traffic
            where internal_traffic.kind = 'customer'
        ), false) as is_internal
    from events

),

final as (

    select
        -- ids
        dated.event_id,
        dated.visitor_id,
        dated.customer_id,
        dated.actor_id,
        coalesce(identities.person_id_asof, dated.own_person_id) as person_id_asof,
        coalesce(identities.person_id_current, dated.own_person_id) as person_id_current,
        session_events.session_id,
        dated.product_id,
        dated.order_id,

        -- attributes
        dated.source,
        dated.event_type,
        dated.platform,
        dated.page_url,
        dated.page_referrer,
        dated.utm_source,
        dated.utm_medium,
        dated.utm_campaign,
        dated.utm_term,
        dated.utm_content,
        dated.search_term,
        dated.currency,
        dated.is_automatic,
        dated.is_bot or programs.actor_id is not null as is_bot,
        dated.is_bot as is_bot_by_agent,
        nullif(concat_ws(', ', dated.bot_reasons, programs.behaviour_reasons), '') as bot_reasons,
        dated.is_internal,
        dated.device_category,
        dated.browser,
        dated.operating_system,
        dated.is_conflicting,
        dated.time_basis,
        dated.availability_basis,
        cast(dated.event_rank as integer) as event_rank,
        dated.source_seq,
        session_events.position as session_position,

        -- measures
        dated.quantity,
        dated.unit_price,
        dated.event_value,
        {{ in_reporting_currency(
            'dated.event_value', 'dated.currency', 'rates.rate', 'reporting_rates.rate'
        ) }}
            as event_value_reporting,
        dated.item_value,
        session_events.dwell_seconds,
        cast(dated.copy_count as integer) as copy_count,

        -- times
        dated.event_on,
        dated.event_at,
        dated.received_at,
        dated.available_at,
        case when dated.is_bot then dated.available_at else programs.known_at end as bot_known_at,
        dated.input_fingerprint
    from dated
    left join session_events on dated.event_id = session_events.event_id
    left join identities on dated.event_id = identities.event_id
    left join programs on dated.actor_id = programs.actor_id
    {{ join_rates('dated', 'event_on') }}

)

select * from final
