-- Grain: one row per device, product and moment (visitor_id, product_id, prediction_at,
-- available_as_of).
{{ keyed_by('visitor_id', inputs=[
    {
        'model': 'ftr_moments__visitor_product',
        'fingerprint': fingerprint(['product_id', 'prediction_at', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'int_visitors__products',
        'follows': ['fct_events', 'int_event_items__several'],
        'fingerprint': fingerprint([
            'event_id', 'product_id', 'event_type', 'event_on', 'event_at', 'available_at',
        ]),
        'until': ['available_at', 'ftr_moments__visitor_product', 'available_as_of'],
    },
]) }}
{% set windows = ['1d', '7d', '30d', 'all'] %}
{% set counted_types = ['view_item', 'add_to_cart', 'remove_from_cart', 'purchase'] %}

with moments as (

    select
        moments.visitor_id,
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__visitor_product') }} as moments
    inner join {{ changed_keys() }} as changed on moments.visitor_id = changed.visitor_id

),

-- An event that names a product twice is one act.
acts as (

    select distinct
        acts.visitor_id,
        acts.product_id,
        acts.event_id,
        acts.event_type,
        acts.event_on,
        acts.event_at,
        acts.available_at
    from {{ ref('int_visitors__products') }} as acts
    inner join {{ changed_keys() }} as changed on acts.visitor_id = changed.visitor_id

),

counted as (

    select
        -- ids
        moments.visitor_id,
        moments.product_id,

        -- attributes
        count(acts.event_id) = 0 as is_cold_start,

        -- measures
        {{ windowed_count('event_count', windows, 'acts') }},
        {% for type in counted_types %}
            {{ windowed_count(
                type ~ '_count', windows, 'acts', "acts.event_type = '" ~ type ~ "'"
            ) }},
        {% endfor %}
        {{ seconds_since_first('acts') }} as first_event__age_seconds,
        {{ seconds_since_last('acts') }} as last_event__age_seconds,
        {% for type in counted_types %}
            {{ seconds_since_last('acts', "acts.event_type = '" ~ type ~ "'") }}
                as last_{{ type }}__age_seconds,
        {% endfor %}

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    left join acts
        on
            moments.visitor_id = acts.visitor_id
            and moments.product_id = acts.product_id
            and {{ known_before('acts') }}
    group by
        moments.visitor_id,
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint

),

days as (

    {{ distinct_in_windows(
        'active_day_count', windows[1:], ['visitor_id', 'product_id'], 'acts', 'event_on'
    ) }}

),

final as (

    select
        {% for window in windows[1:] %}
            days.active_day_count_{{ window }},
        {% endfor %}
        counted.*
    from counted
    left join days
        on
            counted.visitor_id = days.visitor_id
            and counted.product_id = days.product_id
            and counted.prediction_at = days.prediction_at
            and counted.available_as_of = days.available_as_of

)

select * from final
