-- Each row meets the last period that began at or before it; one before every period is lost.
with periods (actor_id, began_at) as (

    values
    ('v1', timestamp '2026-01-01 10:00:00'),
    ('v1', timestamp '2026-01-01 12:00:00'),
    ('v2', timestamp '2026-01-01 11:00:00')

),

cases (actor_id, event_at, expected) as (

    values
    ('v1', timestamp '2026-01-01 09:59:59.999999', cast(null as timestamp)),
    ('v1', timestamp '2026-01-01 10:00:00', timestamp '2026-01-01 10:00:00'),
    ('v1', timestamp '2026-01-01 11:59:59.999999', timestamp '2026-01-01 10:00:00'),
    ('v1', timestamp '2026-01-01 12:00:00', timestamp '2026-01-01 12:00:00'),
    ('v1', timestamp '2026-01-02 00:00:00', timestamp '2026-01-01 12:00:00'),
    ('v2', timestamp '2026-01-01 12:00:00', timestamp '2026-01-01 11:00:00'),
    ('v3', timestamp '2026-01-01 12:00:00', cast(null as timestamp))

),

joined as (

    select
        cases.actor_id,
        cases.event_at,
        periods.began_at as actual
    from cases
    {{ asof_join('periods', 'actor_id', 'cases.event_at', 'began_at') }}

),

results as (

    select
        cases.*,
        joined.actual,
        joined.actor_id is not null as is_kept
    from cases
    left join joined
        on
            cases.actor_id = joined.actor_id
            and cases.event_at = joined.event_at

)

select *
from results
where
    actual is distinct from expected
    or is_kept <> (expected is not null)
