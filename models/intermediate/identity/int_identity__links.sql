-- Grain: one row per event (event_id) that tells who uses a device: another account, or nobody any
-- more.
{{ keyed_by('actor_id', inputs=[{'model': 'int_actors', 'where': 'has_links'}]) }}

with events as (

    select
        events.event_id,
        events.actor_id,
        events.visitor_id,
        events.customer_id,
        events.event_type = 'logout' as is_end,
        events.source_seq,
        events.event_rank,
        events.event_at,
        events.available_at,
        changed.input_fingerprint
    from {{ ref('int_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where
        events.visitor_id is not null
        and (events.customer_id is not null or events.event_type = 'logout')

),

compared as (

    select
        *,
        lag(customer_id) over canonical as previous_customer_id,
        lag(is_end) over canonical as previous_is_end,
        lag(available_at) over canonical as previous_available_at
    from events
    window canonical as (
        partition by visitor_id
        -- The canonical order of events; the last key is unique.
        order by event_at asc, source_seq asc nulls last, event_rank asc, event_id asc
    )

),

final as (

    select
        -- ids
        event_id,
        actor_id,
        visitor_id,
        customer_id,

        -- attributes
        is_end,
        source_seq,
        event_rank,

        -- times
        event_at,
        available_at,
        input_fingerprint
    from compared
    -- What repeats the event before it, and was not known sooner, tells nothing new.
    where
        customer_id is distinct from previous_customer_id
        or is_end is distinct from previous_is_end
        or available_at < previous_available_at

)

select * from final
