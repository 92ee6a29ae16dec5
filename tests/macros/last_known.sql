-- 7 days: the value of exactly a week ago is the last that counts; one that came to be known after
-- row's own values were does not; of two it is the later one, of one moment the one known last.
{% set plan = checked_preprocessing({'x': {'impute': 'last:7'}}, {'x': 'double'}) %}
{% set history = {
    'relation': 'given', 'entity': ['who'], 'moment': 'seen_at', 'known_at': 'known_at'
} %}
with given (who, seen_at, known_at, x, expected) as (

    values
    ('a', timestamp '2026-01-01', timestamp '2026-01-01', 5e0, null),
    ('a', timestamp '2026-01-08', timestamp '2026-01-08', null, 5e0),
    ('a', timestamp '2026-01-08 00:00:01', timestamp '2026-01-09', null, null),
    ('a', timestamp '2026-01-10', timestamp '2026-01-10', cast('NaN' as double), null),
    ('a', timestamp '2026-01-11', timestamp '2026-01-20', 6e0, null),
    ('a', timestamp '2026-01-12', timestamp '2026-01-12', null, null),
    ('a', timestamp '2026-01-12', timestamp '2026-01-20', null, 6e0),
    ('b', timestamp '2026-01-01', timestamp '2026-01-01', 1e0, null),
    ('b', timestamp '2026-01-02', timestamp '2026-01-02', 3e0, null),
    ('b', timestamp '2026-01-02', timestamp '2026-01-03', 2e0, null),
    ('b', timestamp '2026-01-02', timestamp '2026-01-03', null, 1e0),
    ('b', timestamp '2026-01-04', timestamp '2026-01-04', null, 2e0),
    ('c', timestamp '2026-01-04', timestamp '2026-01-04', null, null)

),

found as (

    {{ last_known('given', plan[0], history) }}

)

select
    given.*,
    found.value as actual
from given
left join found
    on
        given.who = found.who
        and given.seen_at = found.seen_at
        and given.known_at = found.known_at
        and {{ finite_number('given.x') }} is null
where found.value is distinct from given.expected
