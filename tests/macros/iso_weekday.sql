-- Monday 1 to Sunday 7, across a new year and in a leap year.
with cases (day, expected) as (

    values
    (date '2026-01-01', 4),
    (date '2026-01-04', 7),
    (date '2026-01-05', 1),
    (date '2024-02-29', 4),
    (null, null)

),

results as (

    select
        *,
        {{ iso_weekday('day') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
