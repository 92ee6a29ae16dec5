-- Eight places, rounded once, half away from zero; by hand, or with Python's Decimal.
with cases (amount, multiplier, divisor, expected) as (

    values
    (100, 1, 0.80, 125.00000000),
    (100, 1, 0.82, 121.95121951),
    (-100, 1, 0.82, -121.95121951),
    (100, 1.0842, 0.80, 135.52500000),
    -- 0.5, 1.5 and 2.5 of the last place, and a little less than 0.5
    (0.0001, 0.0001, 2, 0.00000001),
    (0.0001, 0.0003, 2, 0.00000002),
    (0.0001, 0.0005, 2, 0.00000003),
    (0.0001, 0.00009999, 2, 0.00000000),
    (-0.0001, 0.0001, 2, -0.00000001),
    (-0.0001, 0.0005, 2, -0.00000003),
    -- A DOUBLE has no digits left for the last of these.
    (5999999999999.9999, 1, 0.80, 7499999999999.99987500),
    -- Yen and rupiahs: 1000 JPY at 160.32, 1 EUR in IDR, both ends of the range at once.
    (1000, 1, 160.32, 6.23752495),
    (1, 17123.45, 1, 17123.45000000),
    (100, 17123.45, 160.32, 10680.79466068),
    (0, 1, 0.80, 0.00000000),
    -- What a result can hold, and what would end the build: by the quotient, by the product.
    (1000000000000, 1, 0.11, 9090909090909.09090909),
    (1000000000000, 1, 0.1, null),
    (10000000000000, 1, 0.0000001, null),
    (1000000000, 1000000, 1000, 1000000000000.00000000),
    (-99999999999999, 9999999999, 9999999999, null),
    (100, 1, 0, null),
    (null, 1, 0.80, null),
    (100, null, 0.80, null),
    (100, 1, null, null)

),

results as (

    select
        *,
        {{ exact_ratio(
            'cast(amount as decimal(18, 4))',
            'cast(multiplier as decimal(18, 8))',
            'cast(divisor as decimal(18, 8))'
        ) }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
