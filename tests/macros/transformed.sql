-- The examples of DEFINITIONS.md, section 20: train on 1, 2, 3, 4, 100, or 7, 7, 7; null, NaN,
-- values outside of what was seen and categories that were not. An empty training gives null.
{% set types = {
    'part': 'varchar', 'row_id': 'integer', 'x': 'double', 'flat': 'double', 'colour': 'varchar'
} %}
{% set steps = {
    'standard': {
        'x': {'scale': 'standard'},
        'flat': {'scale': 'standard'},
        'colour': {'encode': 'ordinal'}
    },
    'min_max': {
        'x': {'scale': 'min_max'},
        'flat': {'scale': 'min_max'},
        'colour': {'encode': 'frequency'}
    },
    'robust': {
        'x': {'scale': 'robust'},
        'flat': {'flag': 'tukey'},
        'colour': {'encode': 'hash:16'}
    },
    'quantile': {
        'x': {'scale': 'quantile:5', 'bins': 'quantile:4'},
        'flat': {'scale': 'quantile:5', 'bins': 'uniform:4'},
        'colour': {'encode': 'one_hot', 'top': 1}
    },
    'cap': {
        'x': {'cap': 'tukey'},
        'flat': {'cap': 'mad'},
        'colour': {'impute': "constant:it's none"}
    },
    'impute': {
        'x': {'cap': 'winsor', 'impute': 'group_median:colour'},
        'flat': {'cap': 'tukey', 'impute': 'mode', 'log': true},
        'colour': {'impute': 'mode'}
    }
} %}
{% set unlearned_plan = checked_preprocessing(
    {'x': {'scale': 'quantile:5', 'bins': 'quantile:4'}, 'flat': {'impute': 'mean'}}, types
) %}
with given (part, row_id, x, flat, colour) as (

    values
    ('train', 1, 1e0, 7e0, 'red'),
    ('train', 2, 2e0, 7e0, 'blue'),
    ('train', 3, 3e0, 7e0, 'red'),
    ('train', 4, 4e0, null, null),
    ('train', 5, 100e0, null, 'blue'),
    ('train', 6, null, null, 'red'),
    ('serve', 7, 5e0, 9e0, 'green'),
    ('serve', 8, 1000e0, 5e0, null),
    ('serve', 9, cast('NaN' as double), null, 'blue')

),
{% for name, declared in steps.items() %}
    {% set plan = checked_preprocessing(declared, types) %}
    {{ name }}_learned as (

        {{ fitted('given', plan, training="part = 'train'") }}

    ),

    {{ name }}_applied as (

        {{ transformed('given', name ~ '_learned', plan, ['row_id']) }}

    ),

{% endfor %}

nothing_learned as (

    select * from standard_learned
    where false

),

untrained as (

    {{ transformed('given', 'nothing_learned', unlearned_plan, ['row_id']) }}

),

cases (row_id, name, expected) as (

    values
    (7, 'x__standard', -0.43575421),
    (9, 'x__standard', null),
    (7, 'flat__standard', 2),
    (8, 'flat__standard', -2),
    (6, 'flat__standard', null),
    (2, 'colour__ordinal', 0),
    (1, 'colour__ordinal', 1),
    (4, 'colour__ordinal', -2),
    (7, 'colour__ordinal', -1),
    (7, 'x__min_max', 0.04040404),
    (8, 'x__min_max', 1),
    (6, 'x__min_max', null),
    (1, 'flat__min_max', 0),
    (7, 'flat__min_max', 1),
    (8, 'flat__min_max', 0),
    (1, 'colour__frequency', 0.5),
    (4, 'colour__frequency', 0.16666667),
    (7, 'colour__frequency', 0),
    (7, 'x__robust', 1),
    (8, 'x__robust', 498.5),
    (1, 'flat__is_outlier', 0),
    (7, 'flat__is_outlier', 1),
    (6, 'flat__is_outlier', 0),
    -- md5('blue') begins 48d62159
    (2, 'colour__hash', 9),
    (4, 'colour__hash', 16),
    (7, 'x__quantile', 0.75260417),
    (8, 'x__quantile', 1),
    (1, 'x__quantile', 0),
    (9, 'x__quantile', null),
    (2, 'x__quantile', 0.25),
    (1, 'flat__quantile', 0),
    (7, 'flat__quantile', 1),
    (8, 'flat__quantile', 0),
    (7, 'x__bin', 3),
    (8, 'x__bin', 3),
    (1, 'x__bin', 0),
    (2, 'x__bin', 1),
    (9, 'x__bin', null),
    (1, 'flat__bin', 0),
    (7, 'flat__bin', 0),
    (6, 'flat__bin', null),
    (1, 'colour__top_1', 1),
    (2, 'colour__top_1', 0),
    (2, 'colour__other', 1),
    (7, 'colour__other', 1),
    (4, 'colour__other', 0),
    (4, 'colour__null', 1),
    (4, 'colour__top_1', 0),
    (1, 'colour__null', 0),
    (5, 'x__is_outlier', 1),
    (4, 'x__is_outlier', 0),
    (9, 'x__is_outlier', 0),
    (5, 'x__capped', 7),
    (8, 'x__capped', 7),
    (4, 'x__capped', 4),
    (9, 'x__is_missing', 1),
    (5, 'x__is_missing', 0),
    -- Without a deviation nothing is an outlier.
    (7, 'flat__capped', 9),
    -- p1, p99 = 1.04, 96.16; red has 1.04 and 3
    (1, 'x__imputed', 1.04),
    (5, 'x__imputed', 96.16),
    (6, 'x__imputed', 2.02),
    (9, 'x__imputed', 49.08),
    -- An interquartile range of 0 flags, but does not cap: ln(1 + 9), ln(1 + 7)
    (7, 'flat__log', 2.30258509),
    (6, 'flat__log', 2.07944154),
    (8, 'untrained_x__quantile', null),
    (8, 'untrained_x__bin', null)

),

actual as (

    {% for column in [
        'standard.x__standard', 'standard.flat__standard', 'standard.colour__ordinal',
        'min_max.x__min_max', 'min_max.flat__min_max', 'min_max.colour__frequency',
        'robust.x__robust', 'robust.flat__is_outlier', 'robust.colour__hash',
        'quantile.x__quantile', 'quantile.flat__quantile', 'quantile.x__bin', 'quantile.flat__bin',
        'quantile.colour__top_1', 'quantile.colour__other', 'quantile.colour__null',
        'cap.x__is_outlier', 'cap.x__capped', 'cap.x__is_missing', 'cap.flat__capped',
        'impute.x__imputed', 'impute.flat__log'
    ] %}
        select
            row_id,
            '{{ column.split('.')[1] }}' as name,
            cast({{ column.split('.')[1] }} as double) as value
        from {{ column.split('.')[0] }}_applied
        union all
    {% endfor %}
    select
        row_id,
        'untrained_x__quantile' as name,
        x__quantile as value
    from untrained
    union all
    select
        row_id,
        'untrained_x__bin' as name,
        x__bin as value
    from untrained

),

text_cases (row_id, expected, actual) as (

    select
        row_id,
        case row_id when 4 then 'it''s none' when 8 then 'it''s none' end as expected,
        case when colour__is_missing then colour__imputed end as actual
    from cap_applied
    union all
    select
        row_id,
        case row_id when 4 then 'red' when 8 then 'red' end as expected,
        case when colour__is_missing then colour__imputed end as actual
    from impute_applied

),

differences as (

    select
        cases.row_id,
        cases.name,
        cast(cases.expected as varchar) as expected,
        cast(actual.value as varchar) as actual
    from cases
    left join actual
        on
            cases.row_id = actual.row_id
            and cases.name = actual.name
    where
        actual.row_id is null
        or round(actual.value, 8) is distinct from cast(cases.expected as double)
    union all
    select
        row_id,
        'colour__imputed' as name,
        expected,
        actual
    from text_cases
    where expected is distinct from actual

)

select * from differences
