-- Reasons stand in the order given; an unknown condition is no reason; a sound row has none.
with cases (price, currency, expected) as (

    values
    (5, 'EUR', null),
    (-5, 'EUR', 'out_of_range:price'),
    (5, 'ABC', 'bad_enum:currency'),
    (-5, 'ABC', 'out_of_range:price, bad_enum:currency'),
    (null, 'EUR', 'missing_field:price'),
    (null, null, 'missing_field:price')

),

results as (

    select
        *,
        {{ reject_reasons({
            'missing_field:price': 'price is null',
            'out_of_range:price': 'price < 0',
            'bad_enum:currency': "currency <> 'EUR'",
        }) }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
