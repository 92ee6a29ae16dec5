-- g: 1, 3 of a have the median 2, 1, 3, 9 of x have 3, all four have 6: with what is filled in, the
-- mean is 124 / 7. last: 5 is carried on by p, q has nothing to carry: 14 / 7. far: 100 is a 7
-- after the cap, and so it is where it is carried on: 24 / 6.
{% set plan = checked_preprocessing(
    {
        'g': {'impute': 'group_median:kind,shelf', 'scale': 'standard'},
        'last': {'impute': ['last:7', 'constant:0'], 'scale': 'standard'},
        'far': {'cap': 'tukey', 'impute': 'last:7', 'scale': 'standard'},
        'word': {'impute': ['last:7', 'mode'], 'encode': 'frequency'}
    },
    {
        'g': 'double', 'last': 'integer', 'far': 'double', 'word': 'varchar', 'kind': 'varchar',
        'shelf': 'varchar'
    }
) %}
{% set history = {
    'relation': 'given', 'entity': ['who'], 'moment': 'seen_at', 'known_at': 'known_at'
} %}
with landed (who, seen_at, kind, shelf, g, last, far, word) as (

    values
    ('p', timestamp '2026-01-01', 'a', 'x', 1e0, 5, 100e0, 'rare'),
    ('p', timestamp '2026-01-03', 'a', 'x', 3e0, null, null, null),
    ('q', timestamp '2026-01-01', 'b', 'x', 9e0, null, null, null),
    ('r', timestamp '2026-01-01', 'b', 'y', 100e0, 1, 1e0, 'often'),
    ('s', timestamp '2026-01-01', 'a', 'x', null, 1, 2e0, 'often'),
    ('t', timestamp '2026-01-01', 'z', 'x', null, 1, 3e0, 'often'),
    ('u', timestamp '2026-01-01', 'z', 'w', null, 1, 4e0, null)

),

given as (

    select
        *,
        seen_at as known_at
    from landed

),

learned as (

    {{ fitted('given', plan, history=history) }}

),

applied as (

    {{ transformed('given', 'learned', plan, ['who', 'seen_at'], history) }}

),

cases (name, expected, actual) as (

    select
        'g',
        17.714286e0,
        (select value from learned where feature = 'g' and stat = 'center')
    union all
    select
        'last',
        2e0,
        (select value from learned where feature = 'last' and stat = 'center')
    union all
    select
        'far',
        4e0,
        (select value from learned where feature = 'far' and stat = 'center')
    union all
    select
        'word',
        0.285714e0,
        (select value from learned where feature = 'word' and text_value = 'rare')
    union all
    select
        'g of ' || who,
        case who when 's' then 2e0 when 't' then 3e0 else 6e0 end,
        17.7142857142857e0
        + g__standard * (select value from learned where feature = 'g' and stat = 'scale')
    from applied
    where who in ('s', 't', 'u')
    union all
    select
        'last of ' || who,
        case who when 'p' then 5e0 else 0e0 end,
        2e0 + last__standard * (select value from learned where feature = 'last' and stat = 'scale')
    from applied
    where last__is_missing
    union all
    select
        'far of ' || who,
        case who when 'p' then 1.299038e0 end,
        far__standard
    from applied
    where far__is_missing
    union all
    select
        'word of ' || who,
        case who when 'p' then 0.285714e0 else 0.714286e0 end,
        word__frequency
    from applied
    where word__is_missing

)

select *
from cases
where round(actual, 6) is distinct from expected
