-- Grain: one row per visit and number of events into it (session_id, prefix_length, purpose), at
-- the last of them.
{% set lengths = prefix_lengths() %}
{{ keyed_by('actor_id', inputs=[{
    'model': 'fct_events',
    'where': 'session_id is not null and not is_bot_by_agent and not is_internal',
    'fingerprint': fingerprint([
        'event_id', 'visitor_id', 'session_id', 'event_at', 'source_seq', 'event_rank',
        'available_at', 'bot_known_at',
    ]),
}]) }}

with events as (

    select
        events.*,
        changed.input_fingerprint as actor_fingerprint
    from {{ ref('fct_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where
        events.session_id is not null
        and not events.is_bot_by_agent
        and not events.is_internal

),

numbered as (

    select
        visitor_id,
        actor_id,
        session_id,
        actor_fingerprint,
        event_at,
        event_at + interval '1 microsecond' as prediction_at,
        bot_known_at,
        row_number() over canonical as prefix_length,
        lead(event_at) over canonical as next_event_at,
        min(event_at) over (partition by session_id) as session_started_at,
        max(available_at) over (
            partition by session_id
            -- The canonical order of events; the last key is unique.
            order by event_at asc, source_seq asc nulls last, event_rank asc, event_id asc
            rows between unbounded preceding and current row
        ) as prefix_available_at
    from events
    window canonical as (
        partition by session_id
        order by event_at asc, source_seq asc nulls last, event_rank asc, event_id asc
    )

),

-- Between two events of one instant there is no moment.
prefixes as (

    select
        *,
        -- That these were the first events is known when all of them are.
        greatest({{ available_as_of('prediction_at') }}, prefix_available_at) as available_as_of
    from numbered
    where
        prefix_length in ({{ lengths | join(', ') }})
        and (next_event_at > event_at or next_event_at is null)

),

ranked as (

    select
        *,
        row_number() over (
            partition by actor_id
            order by session_started_at desc, session_id desc, prefix_length desc
        ) as recency
    from prefixes

),

rows_of_purposes as (

    select
        *,
        'train' as purpose
    from ranked
    union all
    select
        *,
        'serve' as purpose
    from ranked
    where recency = 1

),

final as (

    select
        -- ids
        visitor_id,
        actor_id,
        session_id,

        -- attributes
        cast(prefix_length as integer) as prefix_length,
        purpose,

        -- times
        session_started_at,
        prediction_at,
        available_as_of,
        actor_fingerprint as input_fingerprint
    from rows_of_purposes
    -- What is known to be a program is not asked about.
    where bot_known_at is null or bot_known_at > available_as_of

)

select * from final
