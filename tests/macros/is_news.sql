-- The first version, and each that says something else than the one before it; a null is a value.
with versions (thing, version_number, price, colour, expected) as (

    values
    ('a', 3, 1, 'red', true),
    ('a', 2, 1, 'red', false),
    ('a', 1, 1, 'blue', true),
    ('b', 4, cast(null as integer), 'red', true),
    ('b', 3, null, 'red', false),
    ('b', 2, 1, 'red', true),
    ('b', 1, null, null, true),
    ('c', 1, 1, 'red', true)

),

results as (

    select
        *,
        {{ is_news(['price', 'colour'], 'thing', 'version_number') }} as actual
    from versions

)

select *
from results
where actual is distinct from expected
