-- Counted in Python: (moment - 1970-01-01) / timedelta(microseconds=1).
with cases (utc_at, expected) as (

    values
    (timestamp '1970-01-01 00:00:01', 1000000),
    (timestamp '1969-12-31 23:59:59', -1000000),
    (timestamp '2026-01-05 10:00:00.123456', 1767607200123456),
    (null, null)

),

results as (

    select
        *,
        {{ epoch_us('utc_at') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
