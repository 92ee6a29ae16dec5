-- Days of the calendar: over a leap day, backwards, and where hours of a clock change are missing.
with cases (first_on, last_on, expected) as (

    values
    (date '2026-01-31', date '2026-03-01', 29),
    (date '2024-02-28', date '2024-03-01', 2),
    (date '2026-03-28', date '2026-03-30', 2),
    (date '2026-03-01', date '2026-03-01', 0),
    (date '2026-03-01', date '2026-01-31', -29),
    (null, date '2026-01-31', null)

),

results as (

    select
        *,
        {{ days_between('first_on', 'last_on') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
