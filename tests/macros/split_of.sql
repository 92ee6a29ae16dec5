-- The worked example of DEFINITIONS.md, section 24: a label looks from a day after its moment for 7
-- days, the test is [1 March, 15 March), and nothing trains for two days after it. Where nobody may
-- stand in two parts, C1 belongs to the test, C3 to validation, C2 to training (by their md5).
{% set split = checked_splits(
    {'t': {
        'valid_from': '2026-03-01 00:00:00', 'test_from': '2026-03-01', 'test_to': '2026-03-15',
        'embargo_days': 2,
    }},
    {'t': {'spine': 's', 'horizon_days': 7}},
    {'s': ['customer_id']}
)['t'] %}
{% set validated = checked_splits(
    {'t': {'valid_from': '2026-02-20', 'test_from': '2026-03-01', 'test_to': '2026-03-15'}},
    {'t': {'spine': 's', 'horizon_days': 7}},
    {'s': ['customer_id']}
)['t'] %}
{% set disjoint = checked_splits(
    {'t': {
        'valid_from': '2026-02-20', 'test_from': '2026-03-01', 'test_to': '2026-03-15',
        'entity_disjoint': true,
    }},
    {'t': {'spine': 's', 'horizon_days': 7}},
    {'s': ['customer_id']}
)['t'] %}
with cases (moment, expected, expected_validated) as (

    values
    ('2026-02-21 00:00:00', 'train', 'valid'),
    ('2026-02-21 00:00:00.000001', 'purged', 'purged'),
    ('2026-02-28 23:59:59.999999', 'purged', 'purged'),
    ('2026-03-01 00:00:00', 'test', 'test'),
    ('2026-03-14 23:59:59.999999', 'test', 'test'),
    ('2026-03-15 00:00:00', 'embargo', 'train'),
    ('2026-03-16 23:59:59.999999', 'embargo', 'train'),
    ('2026-03-17 00:00:00', 'train', 'train'),
    ('2026-02-12 00:00:00', 'train', 'train'),
    ('2026-02-12 00:00:00.000001', 'train', 'purged'),
    ('2026-02-20 00:00:00', 'train', 'valid')

),

entities (customer_id, moment, expected) as (

    values
    ('C1', '2026-02-12 00:00:00', 'purged'),
    ('C1', '2026-02-20 00:00:00', 'purged'),
    ('C1', '2026-03-01 00:00:00', 'test'),
    ('C2', '2026-02-12 00:00:00', 'train'),
    ('C2', '2026-02-20 00:00:00', 'purged'),
    ('C2', '2026-03-01 00:00:00', 'purged'),
    ('C3', '2026-02-12 00:00:00', 'purged'),
    ('C3', '2026-02-20 00:00:00', 'valid'),
    ('C3', '2026-03-01 00:00:00', 'purged')

),

moments as (

    select
        cast(moment as timestamp) as prediction_at,
        cast(moment as timestamp) + interval '8 days' as label_to_at,
        expected,
        expected_validated
    from cases

),

{% for name, bounds in [('split', split), ('validated', validated)] %}
    bounds_of_{{ name }} as (

        select {{ split_bounds(bounds, 'prediction_at') }}
        from moments

    ),

    moments_of_{{ name }} as (

        select
            moments.*,
            bounds_of_{{ name }}.*
        from moments
        cross join bounds_of_{{ name }}

    ),
{% endfor %}

divided as (

    select
        prediction_at,
        expected,
        {{ split_of(split, "'C1'") }} as found
    from moments_of_split
    union all
    select
        prediction_at,
        expected_validated as expected,
        {{ split_of(validated, "'C1'") }} as found
    from moments_of_validated
    union all
    select
        moments.prediction_at,
        entities.expected,
        {{ split_of(disjoint, 'entities.customer_id') }} as found
    from moments_of_validated as moments
    inner join entities on moments.prediction_at = cast(entities.moment as timestamp)

)

select *
from divided
where found is distinct from expected
