-- Grain: one row per event of a device, without robots and the shop's own, and span of time in
-- which its worth was known to be this (event_id, available_at).
with events as (

    select * from {{ ref('fct_events') }}
    where not is_bot_by_agent and not is_internal

),

rates as (

    select * from {{ ref('int_exchange_rates__known') }}

),

final as (

    select
        -- ids
        events.event_id,
        events.actor_id,
        events.product_id,

        -- attributes
        events.event_type,

        -- measures
        {{ in_reporting_currency(
            'events.item_value', 'events.currency', 'rates.rate', 'rates.reporting_rate'
        ) }}
            as item_value_reporting,

        -- times
        events.event_at,
        greatest(
            events.available_at, coalesce(rates.known_from_at, events.available_at)
        ) as available_at,
        rates.known_to_at
    from events
    {{ join_known_rates('events', 'event_on') }}

)

select * from final
