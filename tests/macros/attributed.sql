-- Half away from zero, of what is owed too; no digit is lost in large amounts and weights.
with cases (amount, upto, total, expected) as (

    values
    (100.0000, 1, 3, 33.3333),
    (100.0000, 2, 3, 66.6667),
    (100.0000, 3, 3, 100.0000),
    (100.0000, 0, 3, 0.0000),
    (-100.0000, 2, 3, -66.6667),
    (0.0001, 1, 2, 0.0001),
    (-0.0001, 1, 2, -0.0001),
    (0.0300, 1, 24, 0.0013),
    (0.0000, 1, 2, 0.0000),
    (99999999999999.9999, 1000000000000000, 2000000000000000, 50000000000000.0000),
    (null, 1, 2, null)

)

select
    amount,
    upto,
    total,
    expected,
    {{ attributed('amount', 'upto', 'total') }} as actual
from cases
where {{ attributed('amount', 'upto', 'total') }} is distinct from expected
