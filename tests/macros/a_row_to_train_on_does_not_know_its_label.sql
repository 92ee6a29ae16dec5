-- Rows to train on are encoded as in DEFINITIONS.md, section 25; any other row by the last
-- statistics: (2 + 10 * 3/4) / (3 + 10) of A; 3/4 of what was never seen. Each row is there once,
-- also one of nobody's device.
{% set plan = checked_preprocessing({'category': {'encode': 'target'}}, {'category': 'varchar'}) %}
{% set ordered = {
    'rows': "part = 'train'", 'keys': ['visitor_id', 'row_id'], 'moment': 'predicted_at', 'label': 'label',
    'known_at': 'known_at'
} %}
with given (row_id, visitor_id, part, predicted_at, known_at, category, label, expected) as (

    values
    (1, 'V', 'train', 1.0, 3.0, 'A', 1, null),
    (2, 'V', 'train', 2.0, 4.0, 'A', 0, null),
    (3, 'V', 'train', 2.0, 4.0, 'B', 1, null),
    (4, null, 'train', 5.0, 6.0, 'A', 1, 0.638889),
    (5, 'V', 'valid', 5.0, 7.0, 'A', 1, 0.730769),
    (6, 'V', null, 5.0, null, 'C', null, 0.75),
    (7, 'V', 'serve', 9.0, null, null, null, 0.75)

),

learned as (

    {{ fitted('given', plan, training="part = 'train'", label='label') }}

),

results as (

    {{ transformed('given', 'learned', plan, ['row_id'], ordered=ordered) }}

),

counted as (

    select
        *,
        count(*) over (partition by row_id) as copies
    from results

)

select
    given.*,
    counted.category__target as actual
from given
full outer join counted on given.row_id = counted.row_id
where
    round(counted.category__target, 6) is distinct from cast(given.expected as double)
    or counted.copies is distinct from 1
