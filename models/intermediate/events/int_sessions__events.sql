-- Grain: one row per event that takes part in a session (event_id).
{{ config(materialized='table') }}

with events as (

    select
        event_id,
        actor_id,
        source_seq,
        event_rank,
        event_at
    from {{ ref('int_events') }}
    where platform <> 'server'

),

starts as (

    select * from {{ ref('int_sessions__starts') }}

),

chained as (

    select
        events.event_id,
        events.actor_id,
        events.source_seq,
        events.event_rank,
        events.event_at,
        starts.chain_started_at,
        -- A chain that never falls silent is cut at each full day from its start.
        {{ whole_quotient(
            epoch_us('events.event_at') ~ ' - ' ~ epoch_us('starts.chain_started_at'),
            var('session_cap_hours') * 3600 * 1000000
        ) }} as piece
    from events
    {{ asof_join('starts', 'actor_id', 'events.event_at', 'chain_started_at') }}

),

ordered as (

    select
        *,
        first_value(event_id) over in_session as first_event_id,
        row_number() over in_session as position,
        lag(event_at) over in_session as previous_at,
        lead(event_at) over in_session as next_at
    from chained
    window in_session as (
        partition by actor_id, chain_started_at, piece
        -- The canonical order of events; the last key is unique.
        order by event_at asc, source_seq asc nulls last, event_rank asc, event_id asc
    )

),

final as (

    select
        -- ids
        event_id,
        {{ session_id('actor_id', 'first_event_id') }} as session_id,

        -- attributes
        piece > 0 as is_capped,
        cast(position as integer) as position,

        -- measures
        {{ seconds_between('previous_at', 'event_at') }} as gap_seconds,
        {{ seconds_between('event_at', 'next_at') }} as dwell_seconds
    from ordered

)

select * from final
