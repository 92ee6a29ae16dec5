-- Each fold by the labels of the others; a row without a label teaches nothing; a null category is
-- one of its own; without any other fold there is nothing to go by.
with given (shop, row_id, category, label, fold, expected) as (

    values
    ('one', 1, 'A', 1, 0, 0.454545),
    ('one', 2, 'A', 0, 1, 1),
    ('one', 3, 'B', 1, 1, 1),
    ('one', 4, 'A', null, 0, 0.454545),
    ('one', 5, null, null, 0, 0.5),
    ('two', 6, 'A', 1, 0, null),
    ('two', 7, 'B', 0, 0, null)

),

one as (

    select * from given
    where shop = 'one'

),

two as (

    select * from given
    where shop = 'two'

),

results as (

    {{ target_encoded_by_fold('one', ['row_id'], 'category', 'label', 'fold') }}
    union all
    {{ target_encoded_by_fold('two', ['row_id'], 'category', 'label', 'fold') }}

)

select
    given.*,
    results.value as actual
from given
full outer join results on given.row_id = results.row_id
where
    round(results.value, 6) is distinct from cast(given.expected as double)
    or given.row_id is null
