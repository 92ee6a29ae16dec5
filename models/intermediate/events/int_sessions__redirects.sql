-- Grain: one row per id that a session ever had or could have (former_session_id).
-- A view, and no history is kept: an id is made of a session's first event, so that of every event
-- resolves.
with session_events as (

    select * from {{ ref('int_sessions__events') }}

),

final as (

    select
        {{ session_id('actor_id', 'event_id') }} as former_session_id,
        session_id
    from session_events

)

select * from final
