-- In winter, in summer, and in the hours that a clock skips or shows twice.
with cases (utc_at, expected, expected_new_york) as (

    values
    (timestamp '2026-01-01 22:59:59.999999', 23, 17),
    (timestamp '2026-01-01 23:00:00', 0, 18),
    (timestamp '2026-07-01 22:00:00', 0, 18),
    (timestamp '2024-03-31 00:59:59', 1, 20),
    (timestamp '2024-03-31 01:00:00', 3, 21),
    (timestamp '2024-10-27 00:30:00', 2, 20),
    (timestamp '2024-10-27 01:30:00', 2, 21),
    (null, null, null)

),

results as (

    select
        *,
        {{ local_hour('utc_at', 'Europe/Berlin') }} as actual,
        {{ local_hour('utc_at', 'America/New_York') }} as actual_new_york
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_new_york is distinct from expected_new_york
