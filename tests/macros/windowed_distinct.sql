-- A product seen twice is one, none at all is none; windows and availability as for counts.
with moments (moment, prediction_at, available_as_of) as (

    values
    ('noon', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('decided later', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 13:00:00'),
    ('before all', timestamp '2026-01-01 00:00:00', timestamp '2026-01-01 00:00:00')

),

events (event_type, product_id, event_at, available_at) as (

    values
    ('view', 'p1', timestamp '2026-03-01 12:00:00', timestamp '2026-03-01 12:00:00'),
    ('view', 'p2', timestamp '2026-03-01 11:59:59.999999', timestamp '2026-03-01 12:00:00'),
    ('search', 'p1', timestamp '2026-03-08 11:59:59.999999', timestamp '2026-03-08 12:00:00'),
    ('view', 'p3', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('search', null, timestamp '2026-03-07 10:00:00', timestamp '2026-03-08 12:00:01')

),

expected (named, day_count, week_count, all_count, search_count) as (

    values
    ('noon', 1, 1, 2, 1),
    ('decided later', 1, 1, 2, 1),
    ('before all', cast(null as integer), null, null, null)

),

results as (

    select
        moments.moment,
        {{ windowed_distinct('found', ['1d', '7d', 'all'], 'events', 'events.product_id') }},
        {{ windowed_distinct(
            'searches', ['7d'], 'events', 'events.product_id', "events.event_type = 'search'"
        ) }}
    from moments
    left join events on {{ known_before('events') }}
    group by moments.moment, moments.prediction_at

)

select
    results.*,
    expected.*
from expected
left join results on expected.named = results.moment
where
    results.moment is null
    or results.found_1d is distinct from expected.day_count
    or results.found_7d is distinct from expected.week_count
    or results.found_all is distinct from expected.all_count
    or results.searches_7d is distinct from expected.search_count
