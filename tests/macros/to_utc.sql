-- The offset in the text counts; a plain cast would drop it. Without one the text is UTC.
with cases (sent, expected) as (

    values
    ('2024-03-31T02:30:00+02:00', timestamp '2024-03-31 00:30:00'),
    ('2026-01-05T10:00:00.123+01:00', timestamp '2026-01-05 09:00:00.123'),
    ('2026-01-05T10:00:00.123456Z', timestamp '2026-01-05 10:00:00.123456'),
    ('2026-01-05 10:00:00-05:30', timestamp '2026-01-05 15:30:00'),
    ('2026-01-05 10:00:00', timestamp '2026-01-05 10:00:00'),
    ('2026-01-01T00:30:00+01:00', timestamp '2025-12-31 23:30:00'),
    ('2026-02-30T10:00:00Z', null),
    ('soon', null),
    ('infinity', null),
    ('-infinity', null),
    ('10000-01-01 00:00:00Z', null),
    ('', null),
    (null, null)

),

results as (

    select
        *,
        {{ to_utc('sent') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
