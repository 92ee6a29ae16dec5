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

statistics as (

    select
        max(case when feature = 'g' and stat = 'center' then value end) as g_mean,
        max(case when feature = 'g' and stat = 'scale' then value end) as g_sd,
        max(case when feature = 'last' and stat = 'center' then value end) as last_mean,
        max(case when feature = 'last' and stat = 'scale' then value end) as last_sd,
        max(case when feature = 'far' and stat = 'center' then value end) as far_mean,
        max(case when feature = 'word' and text_value = 'rare' then value end) as rare_share
    from learned

),

cases (name, expected, actual) as (

    select
        'mean of g',
        17.714286e0,
        statistics.g_mean
    from statistics
    union all
    select
        'mean of last',
        2e0,
        statistics.last_mean
    from statistics
    union all
    select
        'mean of far',
        4e0,
        statistics.far_mean
    from statistics
    union all
    select
        'share of rare',
        0.285714e0,
        statistics.rare_share
    from statistics
    union all
    select
        'g of ' || applied.who,
        case applied.who when 's' then 2e0 when 't' then 3e0 else 6e0 end,
        statistics.g_mean + applied.g__standard * statistics.g_sd
    from applied
    cross join statistics
    where applied.g__is_missing
    union all
    select
        'last of ' || applied.who,
        case applied.who when 'p' then 5e0 else 0e0 end,
        statistics.last_mean + applied.last__standard * statistics.last_sd
    from applied
    cross join statistics
    where applied.last__is_missing
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
