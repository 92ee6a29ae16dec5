-- Grain: one row per visit and number of events into it (session_id, prefix_length).
{% set horizon_hours = 24 * checked_labels()['session_purchase'].horizon_days %}
{% set cap_hours = whole_var('session_cap_hours') | int %}
{% if horizon_hours < cap_hours %}
    {{ exceptions.raise_compiler_error(
        'labels.session_purchase: a visit lasts up to session_cap_hours, '
        ~ cap_hours ~ '; horizon_days must be as long, got ' ~ horizon_hours
        ~ ' hours'
    ) }}
{% endif %}

{{ keyed_by('actor_id', inputs=[
    {
        'model': 'int_sessions__label_moments',
        'fingerprint': fingerprint(['whole_row.*']),
        'required': true,
    },
    {
        'model': 'fct_events',
        'where': "event_type = 'purchase' and session_id is not null and not is_bot_by_agent"
            ~ ' and not is_internal',
    },
]) }}

with moments as (

    select
        moments.*,
        changed.input_fingerprint
    from {{ ref('int_sessions__label_moments') }} as moments
    inner join {{ changed_keys() }} as changed on moments.actor_id = changed.actor_id

),

events as (

    select events.*
    from {{ ref('fct_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where
        events.session_id is not null
        and not events.is_bot_by_agent
        and not events.is_internal

),

-- Of visits in which nothing is bought none is asked.
buying as (

    select session_id from events
    where event_type = 'purchase'
    group by session_id

),

bought as (

    select events.*
    from events
    inner join buying on events.session_id = buying.session_id

),

visits as (

    {{ known_visits('bought') }}

),

purchases as (

    select * from visits
    where event_type = 'purchase'

),

-- Few moments are followed by one.
bought_after as (

    select
        moments.session_id,
        moments.prefix_length
    from moments
    inner join purchases
        on
            moments.session_id = purchases.known_session_id
            and purchases.event_at >= moments.label_from_at
            and purchases.event_at < moments.label_to_at
            and purchases.known_at <= moments.label_known_at
    group by moments.session_id, moments.prefix_length

),

final as (

    select
        -- ids
        moments.visitor_id,
        moments.actor_id,
        moments.session_id,

        -- attributes
        moments.prefix_length,
        moments.is_mature,
        not moments.is_mature as is_censored,

        -- measures
        {{ label_value('bought_after.session_id is not null') }} as label,

        -- times
        moments.session_started_at,
        moments.prediction_at,
        moments.label_from_at,
        moments.label_to_at,
        moments.label_known_at,
        moments.input_fingerprint
    from moments
    left join bought_after
        on
            moments.session_id = bought_after.session_id
            and moments.prefix_length = bought_after.prefix_length

)

select * from final
