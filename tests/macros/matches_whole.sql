-- The pattern must cover the text from end to end, alternatives included.
with cases (sent, expected, expected_alternative) as (

    values
    ('12', true, false),
    ('', false, false),
    ('12a', false, false),
    ('a12', false, false),
    ('12' || chr(10), false, false),
    ('a', false, true),
    ('b', false, true),
    ('ab', false, false),
    ('ax', false, false),
    ('xb', false, false),
    (null, null, null)

),

results as (

    select
        *,
        {{ matches_whole('sent', '[0-9]+') }} as actual,
        {{ matches_whole('sent', 'a|b') }} as actual_alternative
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_alternative is distinct from expected_alternative
