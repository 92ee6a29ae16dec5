-- Grain: one row per unbroken chain of events (actor_id, chain_started_at).
{{ config(materialized='table') }}

with events as (

    select
        actor_id,
        event_at
    from {{ ref('int_events') }}
    where platform <> 'server'

),

-- Only two columns are sorted; simultaneous events have no gap, so a start is unique by itself.
marked as (

    select
        actor_id,
        event_at,
        {{ is_session_start('actor_id', 'event_at') }} as is_start
    from events

),

final as (

    select
        actor_id,
        event_at as chain_started_at
    from marked
    where is_start

)

select * from final
