-- Grain: one row per device and moment (visitor_id, prediction_at, available_as_of).
{{ keyed_by('visitor_id', inputs=[
    {
        'model': 'ftr_moments__visitor',
        'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'int_visitors__events',
        'follows': ['fct_events'],
        'fingerprint': fingerprint([
            'event_id', 'event_type', 'product_id', 'event_on', 'event_at', 'available_at',
        ]),
    },
]) }}
{% set windows = ['1h', '1d', '7d', '14d', '30d', '90d', 'all'] %}
{% set counted_types = [
    'view_item', 'search', 'add_to_cart', 'remove_from_cart', 'begin_checkout', 'purchase',
] %}

with moments as (

    select
        moments.visitor_id,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__visitor') }} as moments
    inner join {{ changed_keys() }} as changed on moments.visitor_id = changed.visitor_id

),

events as (

    select events.*
    from {{ ref('int_visitors__events') }} as events
    inner join {{ changed_keys() }} as changed on events.visitor_id = changed.visitor_id

),

counted as (

    select
        -- ids
        moments.visitor_id,

        -- attributes
        count(events.event_id) = 0 as is_cold_start,

        -- measures
        {{ windowed_count('event_count', windows, 'events') }},
        {% for type in counted_types %}
            {{ windowed_count(
                type ~ '_count', windows, 'events', "events.event_type = '" ~ type ~ "'"
            ) }},
        {% endfor %}
        {{ seconds_since_first('events') }} as first_event__age_seconds,
        {{ seconds_since_last('events') }} as last_event__age_seconds,
        {% for type in counted_types %}
            {{ seconds_since_last('events', "events.event_type = '" ~ type ~ "'") }}
                as last_{{ type }}__age_seconds,
        {% endfor %}
        {{ seconds_between('min(events.event_at)', 'max(events.event_at)') }}
        / nullif(count(events.event_id) - 1, 0) as event_gap_mean_seconds,

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    left join events
        on
            moments.visitor_id = events.visitor_id
            and {{ known_before('events') }}
    group by
        moments.visitor_id,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint

),

products as (

    {{ distinct_in_windows('product_count', windows, ['visitor_id'], 'events', 'product_id') }}

),

days as (

    {{ distinct_in_windows(
        'active_day_count', windows[2:], ['visitor_id'], 'events', 'event_on'
    ) }}

),

final as (

    select
        {% for window in windows %}
            case
                when not counted.is_cold_start then coalesce(products.product_count_{{ window }}, 0)
            end as product_count_{{ window }},
        {% endfor %}
        {% for window in windows[2:] %}
            days.active_day_count_{{ window }},
        {% endfor %}
        -- One is added to both, so that there is a trend from the first event on.
        cast(counted.event_count_7d + 1 as double)
        / (counted.event_count_30d - counted.event_count_7d + 1) as event_count_trend_7d,
        counted.*
    from counted
    {% for relation in ['products', 'days'] %}
        left join {{ relation }}
            on
                counted.visitor_id = {{ relation }}.visitor_id
                and counted.prediction_at = {{ relation }}.prediction_at
                and counted.available_as_of = {{ relation }}.available_as_of
    {% endfor %}

)

select * from final
