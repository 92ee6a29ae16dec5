-- What is no document is null; a document may still be no object.
with cases (payload, expected, expected_object) as (

    values
    ('{"a": 1}', true, true),
    -- the carriage return of a Windows line
    ('{"a": 1}' || chr(13), true, true),
    ('  {}  ', true, true),
    ('[{"a": 1}]', true, false),
    ('"{}"', true, false),
    ('5', true, false),
    ('{"a": 1', false, null),
    ('{"a": 1} x', false, null),
    ('{a: 1}', false, null),
    ('a,1', false, null),
    ('   ', false, null),
    ('', false, null),
    (null, false, null)

),

results as (

    select
        *,
        {{ to_json('payload') }} is not null as actual,
        {{ is_json_object(to_json('payload')) }} as actual_object
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_object is distinct from expected_object
