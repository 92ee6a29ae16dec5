-- [t - w, t): exactly 7 days before is in, a microsecond more is not, nor is the moment; what is
-- known too late is out. Nothing known at all: null.
with moments (moment, prediction_at, available_as_of) as (

    values
    ('noon', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('decided later', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 13:00:00'),
    ('before all', timestamp '2026-01-01 00:00:00', timestamp '2026-01-01 00:00:00')

),

events (event_type, event_at, available_at) as (

    values
    ('view', timestamp '2026-03-01 12:00:00', timestamp '2026-03-01 12:00:00'),
    ('view', timestamp '2026-03-01 11:59:59.999999', timestamp '2026-03-01 12:00:00'),
    ('search', timestamp '2026-03-08 11:59:59.999999', timestamp '2026-03-08 12:00:00'),
    ('view', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('search', timestamp '2026-03-07 10:00:00', timestamp '2026-03-08 12:00:01')

),

expected (named, day_count, week_count, all_count, search_count, either_count) as (

    values
    ('noon', 1, 2, 3, 1, 1),
    ('decided later', 1, 3, 4, 2, 1),
    ('before all', cast(null as integer), null, null, null, null)

),

results as (

    select
        moments.moment,
        {{ windowed_count('found', ['1d', '7d', 'all'], 'events') }},
        {{ windowed_count('searches', ['7d'], 'events', "events.event_type = 'search'") }},
        -- Whatever the condition, the window holds.
        {{ windowed_count(
            'either', ['1d'], 'events', "events.event_type = 'view' or events.event_type = 'search'"
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
    or results.either_1d is distinct from expected.either_count
