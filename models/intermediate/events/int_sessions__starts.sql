-- Grain: one row per unbroken chain of events (actor_id, chain_started_at).
{{ keyed_by(
    'actor_id',
    inputs=[{'model': 'int_actors', 'where': 'has_sessions'}]
) }}

with events as (

    select
        events.actor_id,
        events.event_at,
        changed.input_fingerprint
    from {{ ref('int_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where events.platform <> 'server'

),

-- Few columns are sorted; simultaneous events have no gap, so a start is unique by itself.
marked as (

    select
        actor_id,
        event_at,
        input_fingerprint,
        {{ is_session_start('actor_id', 'event_at') }} as is_start
    from events

),

final as (

    select
        actor_id,
        event_at as chain_started_at,
        input_fingerprint
    from marked
    where is_start

)

select * from final
