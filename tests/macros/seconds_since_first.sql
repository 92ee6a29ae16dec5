-- From the first row known, to the microsecond; of a kind only; never done is null.
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
    ('view', timestamp '2026-03-08 11:59:59.999999', timestamp '2026-03-08 12:00:00'),
    ('view', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('search', timestamp '2026-03-07 10:00:00', timestamp '2026-03-08 12:00:01')

),

expected (named, any_seconds, search_seconds) as (

    values
    ('noon', cast(604800.000001 as double), cast(null as double)),
    ('decided later', 604800.000001, 93600),
    ('before all', null, null)

),

results as (

    select
        moments.moment,
        {{ seconds_since_first('events') }} as since_any,
        {{ seconds_since_first('events', "events.event_type = 'search'") }} as since_search
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
    or results.since_any is distinct from expected.any_seconds
    or results.since_search is distinct from expected.search_seconds
