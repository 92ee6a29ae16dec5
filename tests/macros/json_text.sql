-- A missing field, a JSON null and an unreadable document are all null; nothing stops the build.
with cases (payload, expected) as (

    values
    ('{"time": {"created": "x"}}', 'x'),
    ('{"time": {"created": 5}}', '5'),
    ('{"time": {"created": true}}', 'true'),
    ('{"time": {"created": ""}}', ''),
    ('{"time": {"created": "it''s \"so\" \u00e9"}}', 'it''s "so" ' || chr(233)),
    ('{"time": {"created": null}}', null),
    ('{"time": "created"}', null),
    ('{"created": "x"}', null),
    ('not json', null),
    ('', null),
    (null, null)

),

results as (

    select
        *,
        {{ json_text('payload', 'time.created') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
