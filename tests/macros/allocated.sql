-- Counted by hand, in whole minor units: c_k = (2 * A * W_k + W) // (2 * W), share = c_k - c_(k-1).
with cases (order_id, line_number, amount, weight, places, expected) as (

    values
    ('euro', 1, 10.00, 19.99, 2, 4.44),
    ('euro', 2, 10.00, 19.99, 2, 4.45),
    ('euro', 3, 10.00, 5.00, 2, 1.11),
    ('euro back', 1, -10.00, 19.99, 2, -4.44),
    ('euro back', 2, -10.00, 19.99, 2, -4.45),
    ('euro back', 3, -10.00, 5.00, 2, -1.11),
    ('yen', 1, 100, 1500, 0, 33),
    ('yen', 2, 100, 1500, 0, 34),
    ('yen', 3, 100, 1500, 0, 33),
    ('dinar', 1, 1.000, 7.5, 3, 0.333),
    ('dinar', 2, 1.000, 7.5, 3, 0.334),
    ('dinar', 3, 1.000, 7.5, 3, 0.333),
    ('no weight', 1, 5.00, 0, 2, 2.50),
    ('no weight', 2, 5.00, 0, 2, 2.50),
    -- c = 1, 1, 2
    ('no weight, two cents', 1, 0.02, 0, 2, 0.01),
    ('no weight, two cents', 2, 0.02, 0, 2, 0.00),
    ('no weight, two cents', 3, 0.02, 0, 2, 0.01),
    ('a gift beside', 1, 6.00, 0, 2, 0.00),
    ('a gift beside', 2, 6.00, 60.00, 2, 6.00),
    ('nothing to share', 1, 0.00, 60.00, 2, 0.00),
    -- Rupiahs in a large order: more than 10^10 in both.
    ('large', 1, 90000000000.00, 30000000000.00, 2, 30000000000.00),
    ('large', 2, 90000000000.00, 60000000000.00, 2, 60000000000.00),
    ('unknown', 1, null, 60.00, 2, null)

),

results as (

    select
        *,
        {{ allocated(
            'cast(amount as decimal(18, 4))',
            'cast(weight as decimal(18, 4))',
            'order_id',
            'line_number',
            places='places'
        ) }} as actual
    from cases

),

summed as (

    select
        *,
        sum(actual) over (partition by order_id) as actual_total
    from results

)

select *
from summed
where
    actual is distinct from expected
    or actual_total is distinct from amount
