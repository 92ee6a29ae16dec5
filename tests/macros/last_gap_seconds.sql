-- From the last but one to the last that had happened and was known; of two at once no time.
with moments (named, prediction_at, available_as_of) as (

    values
    ('noon', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('later', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 13:00:00'),
    ('at first', timestamp '2026-03-08 10:01:00', timestamp '2026-03-08 12:00:00'),
    ('before', timestamp '2026-03-08 10:00:00', timestamp '2026-03-08 12:00:00')

),

events (event_at, available_at) as (

    values
    (timestamp '2026-03-08 10:00:00', timestamp '2026-03-08 10:00:00'),
    (timestamp '2026-03-08 10:01:00.5', timestamp '2026-03-08 10:02:00'),
    (timestamp '2026-03-08 10:05:00', timestamp '2026-03-08 12:30:00'),
    (timestamp '2026-03-08 10:05:00', timestamp '2026-03-08 12:30:00')

),

expected (named, gap_seconds) as (

    values
    ('noon', 60.5e0),
    ('later', 0e0),
    ('at first', null),
    ('before', null)

),

results as (

    select
        moments.named,
        {{ last_gap_seconds('events') }} as gap_seconds
    from moments
    left join events on {{ known_before('events') }}
    group by moments.named, moments.prediction_at, moments.available_as_of

)

select
    results.*,
    expected.gap_seconds as expected_seconds
from expected
full join results on expected.named = results.named
where
    results.named is null
    or results.gap_seconds is distinct from expected.gap_seconds
