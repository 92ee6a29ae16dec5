-- Days are cut at local midnight, in winter, in summer and on the days of 23 and 25 hours.
with cases (utc_at, expected, expected_new_york) as (

    values
    (timestamp '2026-01-01 22:59:59.999999', date '2026-01-01', date '2026-01-01'),
    (timestamp '2026-01-01 23:00:00', date '2026-01-02', date '2026-01-01'),
    (timestamp '2026-01-02 04:59:59', date '2026-01-02', date '2026-01-01'),
    (timestamp '2026-01-02 05:00:00', date '2026-01-02', date '2026-01-02'),
    (timestamp '2024-03-30 22:59:59', date '2024-03-30', date '2024-03-30'),
    (timestamp '2024-03-30 23:00:00', date '2024-03-31', date '2024-03-30'),
    (timestamp '2024-03-31 21:59:59', date '2024-03-31', date '2024-03-31'),
    (timestamp '2024-03-31 22:00:00', date '2024-04-01', date '2024-03-31'),
    (timestamp '2024-10-26 22:00:00', date '2024-10-27', date '2024-10-26'),
    (timestamp '2024-10-27 22:59:59', date '2024-10-27', date '2024-10-27'),
    (timestamp '2024-10-27 23:00:00', date '2024-10-28', date '2024-10-27'),
    (null, null, null)

),

results as (

    select
        *,
        {{ local_day('utc_at', 'Europe/Berlin') }} as actual,
        {{ local_day('utc_at', 'America/New_York') }} as actual_new_york,
        {{ local_day('utc_at') }} as actual_default,
        {{ local_day('utc_at', var('shop_timezone')) }} as expected_default
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_new_york is distinct from expected_new_york
    or actual_default is distinct from expected_default
