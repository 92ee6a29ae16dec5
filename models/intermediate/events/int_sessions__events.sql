-- Grain: one row per event that takes part in a session (event_id).
{{ keyed_by(
    'actor_id',
    inputs=[{'model': 'int_actors', 'where': 'has_sessions'}, 'int_sessions__starts']
) }}

with events as (

    select
        events.event_id,
        events.actor_id,
        events.source_seq,
        events.event_rank,
        events.event_at
    from {{ ref('int_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where events.platform <> 'server'

),

starts as (

    select
        starts.actor_id,
        starts.chain_started_at,
        changed.input_fingerprint
    from {{ ref('int_sessions__starts') }} as starts
    inner join {{ changed_keys() }} as changed on starts.actor_id = changed.actor_id

),

chained as (

    select
        events.event_id,
        events.actor_id,
        events.source_seq,
        events.event_rank,
        events.event_at,
        starts.chain_started_at,
        starts.input_fingerprint,
        -- A chain that never falls silent is cut at each full day from its start.
        {{ whole_quotient(
            epoch_us('events.event_at') ~ ' - ' ~ epoch_us('starts.chain_started_at'),
            whole_var('session_cap_hours') * 3600 * 1000000
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
        actor_id,
        {{ session_id('actor_id', 'first_event_id') }} as session_id,

        -- attributes
        piece > 0 as is_capped,
        cast(position as integer) as position,

        -- measures
        {{ seconds_between('previous_at', 'event_at') }} as gap_seconds,
        {{ seconds_between('event_at', 'next_at') }} as dwell_seconds,
        input_fingerprint
    from ordered

)

select * from final
