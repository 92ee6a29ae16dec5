-- Plain decimals only: NaN, exponents and grouped thousands are none, whichever comma is declared.
with cases (sent, expected, expected_comma) as (

    values
    ('19.90', 19.9000, null),
    (' 12 ', 12.0000, 12.0000),
    ('-3.5', -3.5000, null),
    ('0', 0.0000, 0.0000),
    -- Half away from zero at the fifth place.
    ('1.00005', 1.0001, null),
    ('-1.00005', -1.0001, null),
    ('19,90', null, 19.9000),
    ('-0,5', null, -0.5000),
    ('1,000', null, 1.0000),
    ('1.000,5', null, null),
    ('1,000.5', null, null),
    ('NaN', null, null),
    ('inf', null, null),
    ('1e3', null, null),
    ('.5', null, null),
    ('5.', null, null),
    ('+5', null, null),
    ('0x10', null, null),
    ('EUR 5', null, null),
    -- One digit more than the type holds.
    ('123456789012345', null, null),
    ('12345678901234', 12345678901234.0000, 12345678901234.0000),
    ('', null, null),
    ('   ', null, null),
    (null, null, null)

),

results as (

    select
        *,
        {{ checked_decimal('sent') }} as actual,
        {{ checked_decimal('sent', comma=true) }} as actual_comma,
        {{ checked_decimal('sent', type='decimal(18, 8)') }} as actual_rate
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_comma is distinct from expected_comma
    -- Eight places keep what four round.
    or (sent = '1.00005' and actual_rate is distinct from 1.00005000)
