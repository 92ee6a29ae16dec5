-- Equal is not below: a value on a cut, and one on several, is not lifted over it.
with cases (value, cut_20, cut_40, cut_60, cut_80, expected) as (

    values
    (0, 1.0, 1.6, 3.0, 4.2, 0),
    (1, 1.0, 1.6, 3.0, 4.2, 0),
    (3, 1.0, 1.6, 3.0, 4.2, 2),
    (5, 1.0, 1.6, 3.0, 4.2, 4),
    (1, 1.0, 1.0, 1.0, 1.0, 0),
    (2, 1.0, 1.0, 1.0, 1.0, 4),
    (null, 1.0, 1.6, 3.0, 4.2, null)

),

results as (

    select
        *,
        {{ cuts_below('value', 'cases') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
