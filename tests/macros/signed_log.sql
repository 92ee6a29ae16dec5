-- ln(100) on both sides of 0; a small number keeps its digits.
with cases (given, expected) as (

    values
    (0e0, 0e0),
    (99e0, 4.605170185988092e0),
    (-99e0, -4.605170185988092e0),
    (1e-12, 9.999999999995e-13),
    (-1e-300, -1e-300),
    (null, null)

),

results as (

    select
        *,
        {{ signed_log('given') }} as actual
    from cases

)

select *
from results
where
    actual is distinct from expected
    and (abs(actual - expected) <= 1e-14 * abs(expected)) is not true
