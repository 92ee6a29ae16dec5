-- Counted with Python's zoneinfo. The hour that a clock skips or shows twice is left out:
-- no rule for it is in use, and engines differ.
with cases (wall_clock, expected, expected_london) as (

    values
    ('2026-07-01 12:00:00', timestamp '2026-07-01 10:00:00', timestamp '2026-07-01 11:00:00'),
    ('2026-01-01 00:30:00', timestamp '2025-12-31 23:30:00', timestamp '2026-01-01 00:30:00'),
    ('2024-03-31 01:59:59', timestamp '2024-03-31 00:59:59', null),
    ('2024-03-31 03:00:00', timestamp '2024-03-31 01:00:00', timestamp '2024-03-31 02:00:00'),
    ('2024-10-27 01:59:59', timestamp '2024-10-26 23:59:59', null),
    ('2024-10-27 03:00:00', timestamp '2024-10-27 02:00:00', timestamp '2024-10-27 03:00:00'),
    ('2011-07-01 09:00', timestamp '2011-07-01 07:00:00', timestamp '2011-07-01 08:00:00'),
    ('2011-07-01T09:00:00Z', timestamp '2011-07-01 09:00:00', timestamp '2011-07-01 09:00:00'),
    ('2011-07-01 09:00:00+02:00', timestamp '2011-07-01 07:00:00', timestamp '2011-07-01 07:00:00'),
    ('2011-07-01 09:00:00-01:30', timestamp '2011-07-01 10:30:00', timestamp '2011-07-01 10:30:00'),
    ('2011-07-01 09:00:00 UTC', timestamp '2011-07-01 09:00:00', timestamp '2011-07-01 09:00:00'),
    ('2026-02-30 10:00:00', null, null),
    ('yesterday', null, null),
    ('infinity', null, null),
    ('-infinity', null, null),
    ('10000-01-01 00:00:00', null, null),
    ('', null, null),
    (null, null, null)

),

results as (

    select
        *,
        {{ local_to_utc('wall_clock', 'Europe/Berlin') }} as actual,
        {{ local_to_utc('wall_clock', 'Europe/London') }} as actual_london
    from cases

)

select *
from results
where
    actual is distinct from expected
    or (expected_london is not null and actual_london is distinct from expected_london)
