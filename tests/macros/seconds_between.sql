-- Exact to the microsecond, over the change of clocks as well, and negative backwards.
with cases (began_at, ended_at, expected) as (

    values
    (timestamp '2026-01-01 10:00:00', timestamp '2026-01-01 10:00:40', 40.0),
    (timestamp '2026-01-01 10:00:40', timestamp '2026-01-01 10:05:00', 260.0),
    (timestamp '2026-01-01 10:00:00', timestamp '2026-01-01 10:00:10.001', 10.001),
    (timestamp '2026-01-01 10:00:00', timestamp '2026-01-01 10:00:00.000001', 0.000001),
    (timestamp '2024-03-31 00:00:00', timestamp '2024-04-01 00:00:00', 86400.0),
    (timestamp '2026-01-01 10:00:01', timestamp '2026-01-01 10:00:00', -1.0),
    (null, timestamp '2026-01-01 10:00:00', null),
    (timestamp '2026-01-01 10:00:00', null, null)

),

results as (

    select
        *,
        {{ seconds_between('began_at', 'ended_at') }} as actual
    from cases

)

select *
from results
where actual is distinct from cast(expected as double)
