-- The remainder goes, 64 bits are no limit, and nothing is divided by 0.
with cases (a, b, expected) as (

    values
    (7, 2, 3),
    (6, 2, 3),
    (1, 2, 0),
    (0, 5, 0),
    -- 2^65 - 1 and 2^64 - 1, where a DOUBLE would round up
    (36893488147419103231, 2, 18446744073709551615),
    (5, 0, null),
    (null, 5, null),
    (5, null, null)

),

results as (

    select
        *,
        {{ whole_quotient('a', 'b') }} as actual,
        {{ whole_quotient('a', 2) }} as half
    from cases

)

select *
from results
where
    actual is distinct from expected
    or (b = 2 and half is distinct from expected)
