-- Every field lands under its own name, whatever is missing beside it.
with cases (payload, expected_id, expected_created, expected_item, expected_seq) as (

    values
    (
        '{"id": "e1", "seq": 7, "time": {"created": "10:00"}, "items": [{"id": "P1"}, {}]}',
        'e1',
        '10:00',
        'P1',
        '7'
    ),
    ('{"seq": 0, "id": null, "time": {}, "items": []}', null, null, null, '0'),
    ('{"id": "", "time": "10:00", "items": [{"id": null}]}', '', null, null, null),
    ('{}', null, null, null, null),
    ('[{"id": "e1"}]', null, null, null, null),
    ('half a line {"id": ', null, null, null, null),
    (null, null, null, null, null)

),

documents as (

    select
        *,
        {{ to_json('payload') }} as document
    from cases

),

results as (

    select
        *,
        {{ json_columns('document', {
            'actual_item': 'items[0].id',
            'actual_id': 'id',
            'actual_created': 'time.created',
            'actual_seq': 'seq',
        }) }}
    from documents

)

select *
from results
where
    actual_id is distinct from expected_id
    or actual_created is distinct from expected_created
    or actual_item is distinct from expected_item
    or actual_seq is distinct from expected_seq
