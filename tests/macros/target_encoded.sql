-- The example of DEFINITIONS.md, section 25, and: one's own label does not count even where it is
-- known at the very moment; a null category is one of its own; a row without label teaches nothing.
with given (row_id, predicted_at, known_at, category, label, expected) as (

    values
    (1, 1.0, 3.0, 'A', 1, null),
    (2, 2.0, 4.0, 'A', 0, null),
    (3, 2.0, 4.0, 'B', 1, null),
    (4, 3.0, null, 'A', null, null),
    (5, 3.5, null, 'A', null, 1.0),
    (6, 5.0, null, 'A', null, 0.638889),
    (7, 5.0, null, 'B', null, 0.696970),
    (8, 5.0, null, 'C', null, 0.666667),
    -- 2 of 3 are known, a fourth at this moment; and then (0 + 10 * 2/4) / (1 + 10).
    (9, 6.0, 6.0, null, 0, 0.666667),
    (10, 7.0, null, null, null, 0.454545),
    (11, 8.0, 9.0, 'B', 1, null),
    (12, 10.0, null, 'B', 1, 0.545455)

),

results as (

    {{ target_encoded(
        'given', ['row_id'], 'category', 'predicted_at', 'label', 'known_at', 10, 'row_id <> 11'
    ) }}

)

select
    given.*,
    results.value as actual
from given
left join results on given.row_id = results.row_id
where
    round(results.value, 6)
    is distinct from cast(case when given.row_id <> 11 then given.expected end as double)
