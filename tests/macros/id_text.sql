-- Two spellings of one letter are one id; case and blanks are part of it.
with cases (sent, expected) as (

    values
    ('caf' || chr(233), 'caf' || chr(233)),
    -- e and a combining acute accent
    ('cafe' || chr(769), 'caf' || chr(233)),
    ('V1', 'V1'),
    (' v1 ', ' v1 '),
    ('0', '0'),
    ('', null),
    (null, null)

),

results as (

    select
        *,
        {{ id_text('sent') }} as actual,
        {{ id_text('17850') }} as actual_of_a_number
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_of_a_number is distinct from '17850'
