-- Equal values give one id, nulls included; a value that moves to the next column gives another.
with cases (left_a, left_b, right_a, right_b, expected) as (

    values
    ('a', 'b', 'a', 'b', true),
    (null, 'b', null, 'b', true),
    ('ab', '', 'a', 'b', false),
    ('a', null, null, 'a', false),
    (null, '', '', null, false),
    ('1:a', 'b', '1', 'a1:b', false),
    ('-', null, null, '-', false)

),

results as (

    select
        *,
        {{ row_id(['left_a', 'left_b']) }} = {{ row_id(['right_a', 'right_b']) }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
