-- A bound that is null does not bind, and null is never lifted to a bound.
with cases (given, lower_bound, upper_bound, expected) as (

    values
    (-1, 0, 1, 0),
    (0, 0, 1, 0),
    (1, 0, 1, 1),
    (3, 0, 1, 1),
    (3, 0, null, 3),
    (-3, null, 1, -3),
    (null, 0, 1, null)

),

results as (

    select
        *,
        {{ clipped('given', 'lower_bound', 'upper_bound') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
