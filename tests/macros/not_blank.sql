-- Blanks around a text go, blanks inside it stay, and a text of nothing else is null.
with cases (sent, expected) as (

    values
    ('  a b ', 'a b'),
    ('a', 'a'),
    ('0', '0'),
    ('', null),
    ('   ', null),
    (null, null)

),

results as (

    select
        *,
        {{ not_blank('sent') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
