-- Grain: one row per device, product and local midnight (visitor_id, product_id, prediction_at,
-- purpose) by which something new was seen of the pair; and one at the serving moment.
{% set serve_days = var('visitor_product_serve_days') %}
{{ require_positive_int('ftr_spine__visitor_product', 'visitor_product_serve_days', serve_days) }}
-- No moment is after the one that is served, and none knows what happened after it.
{{ keyed_by(
    'visitor_id',
    inputs=[{
        'model': 'int_visitors__products',
        'follows': ['fct_events', 'int_event_items__several'],
        'fingerprint': fingerprint(['product_id', 'event_at', 'available_at', 'bot_known_at']),
        'until': ['event_at', 'int_serving_moment', 'serving_at'],
    }],
    constants=['int_serving_moment']
) }}

with changed as (

    select * from {{ changed_keys() }}

),

serving as (

    select * from {{ ref('int_serving_moment') }}

),

acts as (

    select
        acts.visitor_id,
        acts.product_id,
        acts.event_at,
        acts.available_at,
        acts.bot_known_at
    from {{ ref('int_visitors__products') }} as acts
    inner join changed on acts.visitor_id = changed.visitor_id

),

programs as (

    select
        visitor_id,
        min(bot_known_at) as bot_known_at
    from acts
    where bot_known_at is not null
    group by visitor_id

),

days as (

    select
        visitor_id,
        product_id,
        {{ first_midnight_on('event_at', 'available_at') }} as predicted_on
    from acts
    group by visitor_id, product_id, {{ first_midnight_on('event_at', 'available_at') }}

),

moments as (

    select
        days.visitor_id,
        days.product_id,
        'train' as purpose,
        {{ local_to_utc('days.predicted_on', var('shop_timezone')) }} as prediction_at
    from days
    inner join serving on days.predicted_on <= serving.serving_on
    union all
    select
        acts.visitor_id,
        acts.product_id,
        'serve' as purpose,
        serving.serving_at as prediction_at
    from acts
    inner join serving
        on
            acts.event_at < serving.serving_at
            and acts.event_at >= serving.serving_at - interval '{{ serve_days }} days'
            and acts.available_at <= {{ available_as_of('serving.serving_at') }}
    group by acts.visitor_id, acts.product_id, serving.serving_at

),

final as (

    select
        -- ids
        moments.visitor_id,
        moments.product_id,

        -- attributes
        moments.purpose,

        -- times
        moments.prediction_at,
        {{ available_as_of('moments.prediction_at') }} as available_as_of,
        changed.input_fingerprint
    from moments
    inner join changed on moments.visitor_id = changed.visitor_id
    left join programs on moments.visitor_id = programs.visitor_id
    -- What is known to be a program is not asked about.
    where
        programs.bot_known_at is null
        or programs.bot_known_at > {{ available_as_of('moments.prediction_at') }}

)

select * from final
