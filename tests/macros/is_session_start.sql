-- A gap of 30 minutes stays inside, a microsecond more opens a session; of simultaneous events one.
with cases (visitor_id, event_at, expected) as (

    values
    ('v1', timestamp '2026-01-01 10:00:00', 1),
    ('v1', timestamp '2026-01-01 10:29:59.999', 0),
    ('v1', timestamp '2026-01-01 10:59:59.999', 0),
    ('v1', timestamp '2026-01-01 11:30:00', 1),
    ('v1', timestamp '2026-01-01 12:00:58', 1),
    ('v1', timestamp '2026-01-01 12:30:58.000001', 1),
    -- Midnight is no border.
    ('v2', timestamp '2026-01-01 23:59:00', 1),
    ('v2', timestamp '2026-01-02 00:10:00', 0),
    -- Three at once begin one session, and two at once after a silence another.
    ('v3', timestamp '2026-01-01 10:00:00', 1),
    ('v3', timestamp '2026-01-01 10:00:00', 1),
    ('v3', timestamp '2026-01-01 10:00:00', 1),
    ('v3', timestamp '2026-01-01 11:00:00', 1),
    ('v3', timestamp '2026-01-01 11:00:00', 1),
    ('v4', timestamp '2026-01-01 10:00:00', 1),
    ('v4', cast(null as timestamp), 0),
    ('v5', cast(null as timestamp), 0)

),

marked as (

    select
        *,
        {{ is_session_start('visitor_id', 'event_at', 30) }} as is_start,
        {{ is_session_start('visitor_id', 'event_at') }} as is_default_start,
        {{ is_session_start('visitor_id', 'event_at', var('session_gap_minutes')) }}
            as is_var_start,
        {{ is_session_start('visitor_id', 'event_at', 31) }} as is_later_start
    from cases

),

results as (

    select
        visitor_id,
        event_at,
        expected,
        count(case when is_start then 1 end) as actual,
        count(case when is_start is null then 1 end) as unknown_count,
        count(case when is_default_start is distinct from is_var_start then 1 end) as default_count,
        -- All that v1 begins after 10:00 follows within 31 minutes.
        count(case when is_start and not is_later_start then 1 end) as within_count
    from marked
    group by visitor_id, event_at, expected

)

select *
from results
where
    actual <> expected
    or unknown_count > 0
    or default_count > 0
    or within_count
    <> case when visitor_id = 'v1' and event_at > '2026-01-01 10:00:00' then expected else 0 end
