-- Grain: one row per visit and moment in it (actor_id, session_id, prediction_at,
-- available_as_of).
{{ keyed_by('actor_id', inputs=[
    {
        'model': 'ftr_moments__session',
        'fingerprint': fingerprint([
            'session_id', 'session_started_at', 'prediction_at', 'available_as_of',
        ]),
        'required': true,
    },
    {
        'model': 'int_actors__known_events',
        'follows': ['fct_events'],
        'fingerprint': fingerprint([
            'event_id', 'event_type', 'product_id', 'item_value', 'currency', 'rate',
            'reporting_rate', 'event_at', 'available_at', 'known_to_at',
        ]),
    },
]) }}
{% set session = ['session'] %}
{% set counted_types = [
    'page_view', 'search', 'view_item', 'add_to_cart', 'remove_from_cart', 'begin_checkout',
    'purchase',
] %}
{% set valued_types = ['view_item', 'add_to_cart', 'remove_from_cart'] %}
{% set aged_types = ['view_item', 'add_to_cart'] %}

with moments as (

    select
        moments.actor_id,
        moments.session_id,
        moments.session_started_at,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__session') }} as moments
    inner join {{ changed_keys() }} as changed on moments.actor_id = changed.actor_id

),

events as (

    select
        known.*,
        {{ in_reporting_currency(
            'known.item_value', 'known.currency', 'known.rate', 'known.reporting_rate'
        ) }}
            as item_value_reporting
    from {{ ref('int_actors__known_events') }} as known
    inner join {{ changed_keys() }} as changed on known.actor_id = changed.actor_id

),

final as (

    select
        -- ids
        moments.actor_id,
        moments.session_id,

        -- attributes
        count(events.event_id) = 0 as is_cold_start,

        -- measures
        {{ windowed_count('event_count', session, 'events') }},
        {% for type in counted_types %}
            {{ windowed_count(
                type ~ '_count', session, 'events', "events.event_type = '" ~ type ~ "'"
            ) }},
        {% endfor %}
        {{ windowed_distinct('product_count', session, 'events', 'events.product_id') }},
        {% for type in valued_types %}
            {{ windowed_sum(
                type ~ '_value', session, 'events', 'events.item_value_reporting',
                "events.event_type = '" ~ type ~ "'"
            ) }},
        {% endfor %}
        {{ seconds_since_first('events') }} as first_event__age_seconds,
        -- A moment is right after an event: how long ago that was says nothing.
        {{ last_gap_seconds('events') }} as last_event_gap_seconds,
        {% for type in aged_types %}
            {{ seconds_since_last('events', "events.event_type = '" ~ type ~ "'") }}
                as last_{{ type }}__age_seconds,
        {% endfor %}

        -- times
        moments.session_started_at,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    -- Where a visit begins is known from the spine; where it stands in it no event is asked, for
    -- that may change with later ones.
    left join events
        on
            moments.actor_id = events.actor_id
            and {{ is_in_window('session', 'events') }}
            and {{ known_before('events') }}
            and {{ is_still_known('events') }}
    group by
        moments.actor_id,
        moments.session_id,
        moments.session_started_at,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint

)

select * from final
