-- ln(100) on both sides of 0.
with cases (given, expected) as (

    values
    (0e0, 0e0),
    (99e0, 4.605170185988092e0),
    (-99e0, -4.605170185988092e0),
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
where (abs(actual - expected) < 1e-12 or (actual is null and expected is null)) is not true
