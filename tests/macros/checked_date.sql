-- Days of the calendar only: infinity is a date to the engine, and no day.
with cases (sent, expected) as (

    values
    ('2026-01-05', date '2026-01-05'),
    (' 2026-01-05 ', date '2026-01-05'),
    ('2024-02-29', date '2024-02-29'),
    ('0001-01-01', date '0001-01-01'),
    ('9999-12-31', date '9999-12-31'),
    ('10000-01-01', null),
    ('infinity', null),
    ('-infinity', null),
    ('2026-02-30', null),
    ('20260105', null),
    ('05.01.2026', null),
    ('soon', null),
    ('', null),
    (null, null)

),

results as (

    select
        *,
        {{ checked_date('sent') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
