-- What is no finite number is null; a boolean is 0 or 1.
with cases (given, expected) as (

    values
    (1.5e0, 1.5e0),
    (-1.7976931348623157e308, -1.7976931348623157e308),
    (cast('NaN' as double), null),
    (cast('Infinity' as double), null),
    (cast('-Infinity' as double), null),
    (null, null)

),

results as (

    select
        given,
        expected,
        {{ finite_number('given') }} as actual
    from cases
    union all
    select
        1 as given,
        1 as expected,
        {{ finite_number('true') }} as actual

)

select *
from results
where actual is distinct from expected
