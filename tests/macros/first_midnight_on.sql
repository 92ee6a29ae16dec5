-- The first local midnight after it happened by which it could be known; on the days of 23 and 25
-- hours, and at midnight itself.
{% set lag = decision_lag() %}
with cases (event_at, known_at, expected) as (

    values
    ('2026-03-01 22:59:59.999999', '2026-03-01 22:59:59.999999', '2026-03-02'),
    ('2026-03-01 22:59:59.999999', '2026-03-01 23:00:00', '2026-03-02'),
    ('2026-03-01 22:59:59.999999', '2026-03-01 23:00:00.000001', '2026-03-03'),
    ('2026-03-01 23:00:00', '2026-03-01 23:00:00', '2026-03-03'),
    ('2026-03-28 23:00:00', '2026-03-28 23:00:00', '2026-03-30'),
    ('2026-03-29 21:59:59', '2026-03-29 22:00:00', '2026-03-30'),
    ('2026-03-29 22:00:00', '2026-03-29 22:00:00', '2026-03-31'),
    ('2026-10-24 22:00:00', '2026-10-25 23:00:00', '2026-10-26'),
    ('2026-10-24 22:00:00', '2026-10-25 23:00:00.000001', '2026-10-27'),
    ('2026-03-01 10:00:00', '2026-05-01 10:00:00', '2026-05-02'),
    ('2026-03-01 10:00:00', cast(null as {{ sql_type('varchar') }}), null),
    (null, '2026-03-01 10:00:00', null)

),

typed as (

    select
        cast(event_at as timestamp) as event_at,
        -- As many minutes later as a decision waits.
        cast(known_at as timestamp) + {{ lag }} as available_at,
        cast(expected as date) as expected
    from cases

),

results as (

    select
        *,
        {{ first_midnight_on('event_at', 'available_at', 'Europe/Berlin') }} as actual
    from typed

)

select *
from results
where actual is distinct from expected
