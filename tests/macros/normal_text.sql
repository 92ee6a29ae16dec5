-- Letters without their case, blanks as one; what is a letter stays.
with cases (text, expected) as (

    values
    ('mug', 'mug'),
    ('  Tea   Pot ', 'tea pot'),
    ('TEE' || chr(9) || 'kanne' || chr(10), 'tee kanne'),
    ('ÄPFEL' || chr(160) || ' grün', 'äpfel grün'),
    ('%20', '%20'),
    ('   ', null),
    (null, null)

),

results as (

    select
        *,
        {{ normal_text('text') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
