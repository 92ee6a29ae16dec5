-- One row an element, numbered as listed; anything but a list gives none.
with cases (case_name, document) as (

    values
    ('two', '[{"id":"a"},{"id":"b"}]'),
    ('nested', '[[1,2],"c"]'),
    ('none', '[]'),
    ('object', '{"id":"a"}'),
    ('broken', '[{'),
    ('missing', null)

),

expected (case_name, item_number, item) as (

    values
    ('two', 1, '{"id":"a"}'),
    ('two', 2, '{"id":"b"}'),
    ('nested', 1, '[1,2]'),
    ('nested', 2, '"c"')

),

results as (

    {{ each_json_item('cases', 'document') }}

)

select
    expected.*,
    results.item as actual
from expected
full outer join results
    on
        expected.case_name = results.case_name
        and expected.item_number = results.item_number
where
    cast(results.item as {{ sql_type('varchar') }}) is distinct from expected.item
