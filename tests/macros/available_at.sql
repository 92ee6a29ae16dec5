-- The five rows a to e of the definition, then what must not leak or be null.
with cases (example, load_mode, event_at, candidate_at, loaded_at, expected) as (

    values
    (
        'a live',
        'live',
        timestamp '2026-03-01 10:00:00',
        timestamp '2026-03-01 10:01:00',
        timestamp '2026-03-01 10:30:00',
        timestamp '2026-03-01 10:30:00'
    ),
    (
        'b history, by receipt',
        'backfill',
        timestamp '2025-01-05 10:00:00',
        timestamp '2025-01-05 10:02:00',
        timestamp '2026-03-01 09:00:00',
        timestamp '2025-01-05 10:02:00'
    ),
    (
        'c history, an hour after the event',
        'backfill',
        timestamp '2025-01-05 10:00:00',
        timestamp '2025-01-05 11:00:00',
        timestamp '2026-03-01 09:00:00',
        timestamp '2025-01-05 11:00:00'
    ),
    (
        'd received before it happened',
        'backfill',
        timestamp '2025-01-05 10:00:00',
        timestamp '2025-01-05 09:58:00',
        timestamp '2026-03-01 09:00:00',
        timestamp '2025-01-05 10:00:00'
    ),
    (
        'e loaded before the lag is over',
        'backfill',
        timestamp '2026-02-28 23:30:00',
        timestamp '2026-03-01 00:30:00',
        timestamp '2026-03-01 00:10:00',
        timestamp '2026-03-01 00:10:00'
    ),
    (
        'no candidate: the event alone would leak',
        'backfill',
        timestamp '2025-01-05 10:00:00',
        null,
        timestamp '2026-03-01 09:00:00',
        timestamp '2026-03-01 09:00:00'
    ),
    (
        'no time of the event',
        'backfill',
        null,
        timestamp '2025-01-05 10:02:00',
        timestamp '2026-03-01 09:00:00',
        timestamp '2025-01-05 10:02:00'
    ),
    (
        'nothing but its load',
        'backfill',
        null,
        null,
        timestamp '2026-03-01 09:00:00',
        timestamp '2026-03-01 09:00:00'
    ),
    (
        'a mode nobody wrote down counts as live',
        null,
        timestamp '2025-01-05 10:00:00',
        timestamp '2025-01-05 10:02:00',
        timestamp '2026-03-01 09:00:00',
        timestamp '2026-03-01 09:00:00'
    )

),

results as (

    select
        *,
        {{ available_at('candidate_at', 'event_at') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
