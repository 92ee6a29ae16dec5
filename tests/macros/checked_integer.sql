-- Whole numbers only: a cast would make 13 of 12.7 and 1000 of 1e3.
with cases (sent, expected) as (

    values
    ('12', 12),
    (' -3 ', -3),
    ('0', 0),
    ('007', 7),
    ('9223372036854775807', 9223372036854775807),
    ('9223372036854775808', null),
    ('12.7', null),
    ('12.0', null),
    ('1e3', null),
    ('1,000', null),
    ('+5', null),
    ('--5', null),
    ('NaN', null),
    ('twelve', null),
    ('', null),
    ('   ', null),
    (null, null)

),

results as (

    select
        *,
        {{ checked_integer('sent') }} as actual,
        {{ checked_integer('cast(12.7 as decimal(4, 1))') }} as actual_of_a_number
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_of_a_number is not null
