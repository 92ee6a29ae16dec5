-- Of two values and more; exact, though a far mean takes a double's digits away.
with cases (named, value, expected) as (

    values
    ('three', 2, cast(3.605551275463989 as double)),
    ('three', 4, 3.605551275463989),
    ('three', 9, 3.605551275463989),
    ('three', null, 3.605551275463989),
    ('same', 5, 0),
    ('same', 5, 0),
    ('far', 600000000000001, 1),
    ('far', 600000000000002, 1),
    ('far', 600000000000003, 1),
    ('one', 7, null),
    ('none', null, null)

),

results as (

    select
        named,
        {{ sample_deviation('value') }} as actual,
        max(expected) as expected
    from cases
    group by named

)

select *
from results
where actual is distinct from expected
