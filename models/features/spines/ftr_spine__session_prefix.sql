-- Grain: one row per visit and number of its events that were known (session_id, prefix_length,
-- purpose), when the last of them was.
{% set lengths = prefix_lengths() %}
{{ keyed_by('actor_id', inputs=[{
    'model': 'fct_events',
    'where': 'session_id is not null and not is_bot_by_agent and not is_internal',
    'fingerprint': fingerprint([
        'event_id', 'visitor_id', 'session_id', 'session_position', 'event_at', 'available_at',
        'bot_known_at',
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

visits as (

    {{ known_visits('events') }}

),

-- Between two events that can be used from one instant on, of which the later one happened before
-- another, there is no moment: both see the same.
prefixes as (

    select
        *,
        place as prefix_length,
        latest_at + interval '1 microsecond' as prediction_at
    from visits
    where
        place in ({{ lengths | join(', ') }})
        and (next_known_at > known_at or next_event_at > latest_at or next_known_at is null)

),

ranked as (

    select
        *,
        row_number() over (
            partition by actor_id
            order by begun_at desc, is_earlier asc, known_session_id desc, prefix_length desc
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
        known_session_id as session_id,

        -- attributes
        cast(prefix_length as integer) as prefix_length,
        purpose,

        -- times
        visit_started_at as session_started_at,
        prediction_at,
        known_at as available_as_of,
        actor_fingerprint as input_fingerprint
    from rows_of_purposes
    -- What is known to be a program is not asked about.
    where bot_known_at is null or bot_known_at > known_at

)

select * from final
