-- Exact, 0 for an empty window, unknown with an unknown part; windows, availability as for counts.
with moments (moment, prediction_at, available_as_of) as (

    values
    ('noon', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('decided later', timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 13:00:00'),
    ('before all', timestamp '2026-01-01 00:00:00', timestamp '2026-01-01 00:00:00')

),

movements (movement_kind, amount, event_at, available_at) as (

    values
    ('sale', 0.1, timestamp '2026-03-01 12:00:00', timestamp '2026-03-01 12:00:00'),
    ('sale', 0.2, timestamp '2026-03-01 11:59:59.999999', timestamp '2026-03-01 12:00:00'),
    ('sale', 0.4, timestamp '2026-03-08 11:59:59.999999', timestamp '2026-03-08 12:00:00'),
    ('sale', 8, timestamp '2026-03-08 12:00:00', timestamp '2026-03-08 12:00:00'),
    ('return', null, timestamp '2026-03-07 10:00:00', timestamp '2026-03-08 12:00:01')

),

expected (named, day_sum, week_sum, all_sum, none_sum) as (

    values
    ('noon', cast(0.4 as double), cast(0.5 as double), cast(0.7 as double), cast(0 as double)),
    ('decided later', 0.4, null, null, 0),
    ('before all', null, null, null, null)

),

results as (

    select
        moments.moment,
        {{ windowed_sum('found', ['1d', '7d', 'all'], 'movements', 'movements.amount') }},
        {{ windowed_sum(
            'none', ['7d'], 'movements', 'movements.amount', "movements.movement_kind = 'none'"
        ) }}
    from moments
    left join movements on {{ known_before('movements') }}
    group by moments.moment, moments.prediction_at

)

select
    results.*,
    expected.*
from expected
left join results on expected.named = results.moment
where
    results.moment is null
    or results.found_1d is distinct from expected.day_sum
    or results.found_7d is distinct from expected.week_sum
    or results.found_all is distinct from expected.all_sum
    or results.none_7d is distinct from expected.none_sum
