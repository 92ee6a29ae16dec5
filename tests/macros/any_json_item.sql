-- One element is enough, a null verdict is none, and what is no list has no element.
with cases (document, expected) as (

    values
    ('[{"n":1},{"n":0}]', true),
    ('[{"n":1},{"n":2}]', false),
    ('[{"n":1},{"m":0}]', false),
    ('[]', false),
    ('{"n":0}', false),
    ('[{"n":0', false),
    (null, false)

),

results as (

    select
        *,
        {{ any_json_item('document', checked_integer(json_text('item', 'n')) ~ ' <= 0') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
