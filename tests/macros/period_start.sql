-- Where a period begins, and where one begins that is so many later; a leap year, a new year.
with cases (period, day, later, expected, expected_after) as (

    values
    ('day', date '2026-03-31', 1, date '2026-03-31', date '2026-04-01'),
    ('week', date '2026-01-01', 1, date '2025-12-29', date '2026-01-05'),
    ('week', date '2025-12-29', 0, date '2025-12-29', date '2025-12-29'),
    ('month', date '2024-01-31', 1, date '2024-01-01', date '2024-02-01'),
    ('month', date '2024-02-29', 12, date '2024-02-01', date '2025-02-01'),
    ('month', null, 1, null, null)

),

starts as (

    select
        *,
        {{ period_start('period', 'day') }} as actual
    from cases

),

results as (

    select
        *,
        {{ period_start_after('period', 'actual', 'later') }} as actual_after
    from starts

)

select *
from results
where
    actual is distinct from expected
    or actual_after is distinct from expected_after
