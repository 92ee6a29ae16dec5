-- Grain: one row per event of a device, without robots and the shop's own, and span of time in
-- which its rates were known to be these (event_id, available_at).
-- Amounts are converted by who reads few: it costs more than all else here.
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
        events.currency,

        -- measures
        events.item_value,
        rates.rate,
        rates.reporting_rate,

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
