-- Grain: one row per account and local midnight of the grid (customer_id, prediction_at, purpose)
-- before which it did something; and one at the serving moment.
{% set every_days = var('customer_day_every_days') %}
{% set active_days = var('customer_day_active_days') %}
{% set a_monday = "date '1970-01-05'" %}
{{ require_positive_int('ftr_spine__customer_day', 'customer_day_every_days', every_days) }}
{{- require_positive_int('ftr_spine__customer_day', 'customer_day_active_days', active_days) }}
-- No moment is after the one that is served, and none knows what happened after it.
{% set until = ['event_at', 'int_serving_moment', 'serving_at'] %}
{{ keyed_by(
    'customer_id',
    inputs=[
        {
            'model': 'int_customers__events',
            'fingerprint': fingerprint(['event_at', 'available_at']),
            'until': until,
        },
        {
            'model': 'int_customers__movements',
            'where': "movement_kind = 'sale' and is_sold",
            'fingerprint': fingerprint(['event_at', 'available_at']),
            'until': until,
        },
    ],
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
        events.customer_id,
        events.event_at,
        events.available_at
    from {{ ref('int_customers__events') }} as events
    inner join changed on events.customer_id = changed.customer_id
    union all
    select
        movements.customer_id,
        movements.event_at,
        movements.available_at
    from {{ ref('int_customers__movements') }} as movements
    inner join changed on movements.customer_id = changed.customer_id
    where movements.movement_kind = 'sale' and movements.is_sold

),

-- From the first midnight that can use it to the last for which it is not too old.
placed as (

    select
        customer_id,
        {{ first_midnight_on('event_at', 'available_at') }} as first_on,
        {{ local_day("(event_at + interval '" ~ active_days ~ " days')") }} as last_on
    from acts

),

-- On the grid, which counts from a Monday: the first number is rounded up, the last down.
numbered as (

    select
        customer_id,
        {{ whole_quotient(
            days_between(a_monday, 'first_on') ~ ' + ' ~ (every_days - 1), every_days
        ) }} as first_number,
        {{ whole_quotient(days_between(a_monday, 'last_on'), every_days) }} as last_number
    from placed

),

-- The many acts of a week become one span.
spans as (

    select
        customer_id,
        first_number,
        max(last_number) as last_number
    from numbered
    group by customer_id, first_number

),

bounds as (

    select
        min(placed.first_on) as first_on,
        max(serving.serving_on) as last_on
    from placed
    cross join serving

),

days as (

    {{ each_day('bounds', 'first_on', 'last_on') }}

),

grid as (

    select
        {{ whole_quotient(days_between(a_monday, 'date_on'), every_days) }} as grid_number,
        {{ local_to_utc('date_on', var('shop_timezone')) }} as prediction_at
    from days
    where mod({{ days_between(a_monday, 'date_on') }}, {{ every_days }}) = 0

),

moments as (

    select
        spans.customer_id,
        'train' as purpose,
        grid.prediction_at
    from spans
    inner join grid
        on
            spans.first_number <= grid.grid_number
            and spans.last_number >= grid.grid_number
    group by spans.customer_id, grid.prediction_at
    union all
    select
        acts.customer_id,
        'serve' as purpose,
        serving.serving_at as prediction_at
    from acts
    inner join serving
        on
            acts.event_at < serving.serving_at
            and acts.event_at >= serving.serving_at - interval '{{ active_days }} days'
            and acts.available_at <= {{ available_as_of('serving.serving_at') }}
    group by acts.customer_id, serving.serving_at

),

final as (

    select
        -- ids
        moments.customer_id,

        -- attributes
        moments.purpose,

        -- times
        moments.prediction_at,
        {{ available_as_of('moments.prediction_at') }} as available_as_of,
        changed.input_fingerprint
    from moments
    inner join changed on moments.customer_id = changed.customer_id

)

select * from final
