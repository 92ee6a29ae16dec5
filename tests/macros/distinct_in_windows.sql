-- A product seen twice is one, and in every window that its last time lies in; windows and
-- availability as for counts. Of who has no product before the moment there is no row.
with moments (visitor_id, prediction_at, available_as_of) as (

    values
    ('noon', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('noon', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 13:00:00'),
    ('noon', timestamp '2026-01-01 00:00:00', timestamp '2026-01-01 00:00:00'),
    ('searches', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00')

),

events (visitor_id, product_id, event_at, available_at) as (

    values
    ('noon', 'p1', timestamp '2026-03-01 12:00:00', timestamp '2026-03-01 12:00:00'),
    ('noon', 'p2', timestamp '2026-03-01 11:59:59.999999', timestamp '2026-03-01 12:00:00'),
    ('noon', 'p1', timestamp '2026-03-08 11:59:59.999999', timestamp '2026-03-08 12:00:00'),
    ('noon', 'p3', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('noon', 'p4', timestamp '2026-03-07 10:00:00', timestamp '2026-03-08 12:00:01'),
    ('searches', null, timestamp '2026-03-07 10:00:00', timestamp '2026-03-07 10:00:00')

),

expected (named, known_at, day_count, week_count, all_count) as (

    values
    ('noon', timestamp '2026-03-08 12:00:00', 1, 1, 2),
    ('noon', timestamp '2026-03-08 13:00:00', 1, 2, 3)

),

results as (

    {{ distinct_in_windows('found', ['1d', '7d', 'all'], ['visitor_id'], 'events', 'product_id') }}

)

select
    results.*,
    expected.*
from expected
full join results
    on expected.named = results.visitor_id and expected.known_at = results.available_as_of
where
    results.visitor_id is null
    or results.found_1d is distinct from expected.day_count
    or results.found_7d is distinct from expected.week_count
    or results.found_all is distinct from expected.all_count
