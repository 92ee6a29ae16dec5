-- Grain: one row per account and moment (customer_id, prediction_at, available_as_of).
{{ keyed_by('customer_id', inputs=[
    {
        'model': 'ftr_moments__customer',
        'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'int_customers__events',
        'fingerprint': fingerprint([
            'event_id', 'event_type', 'product_id', 'event_on', 'event_at', 'available_at',
        ]),
        'until': ['available_at', 'ftr_moments__customer', 'available_as_of'],
    },
]) }}
{% set windows = ['1h', '1d', '7d', '14d', '30d', '90d', 'all'] %}
{% set counted_types = [
    'view_item', 'search', 'add_to_cart', 'remove_from_cart', 'begin_checkout', 'purchase',
] %}

with moments as (

    select
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__customer') }} as moments
    inner join {{ changed_keys() }} as changed on moments.customer_id = changed.customer_id

),

events as (

    select events.*
    from {{ ref('int_customers__events') }} as events
    inner join {{ changed_keys() }} as changed on events.customer_id = changed.customer_id

),

counted as (

    select
        -- ids
        moments.customer_id,

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

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    left join events
        on
            moments.customer_id = events.customer_id
            and {{ known_before('events') }}
    group by
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint

),

products as (

    {{ distinct_in_windows('product_count', windows, ['customer_id'], 'events', 'product_id') }}

),

days as (

    {{ distinct_in_windows(
        'active_day_count', windows[2:], ['customer_id'], 'events', 'event_on'
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
        counted.*
    from counted
    {% for relation in ['products', 'days'] %}
        left join {{ relation }}
            on
                counted.customer_id = {{ relation }}.customer_id
                and counted.prediction_at = {{ relation }}.prediction_at
                and counted.available_as_of = {{ relation }}.available_as_of
    {% endfor %}

)

select * from final
