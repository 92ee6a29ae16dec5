-- Across a new year and a week that two years share; neighbours differ by 1 on every day.
with cases (period, day, expected) as (

    values
    ('day', date '1900-01-02', 1),
    ('day', date '2026-03-30', 46109),
    ('week', date '1900-01-07', 0),
    ('week', date '1900-01-08', 1),
    ('week', date '2025-12-28', 6573),
    ('week', date '2025-12-29', 6574),
    ('week', date '2026-01-04', 6574),
    ('week', date '2026-01-05', 6575),
    ('month', date '2025-12-31', 24312),
    ('month', date '2026-01-01', 24313),
    ('month', null, null)

),

results as (

    select
        *,
        {{ period_number('period', 'day') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
