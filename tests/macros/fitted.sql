-- The examples of DEFINITIONS.md, section 20. Test rows teach nothing; what is missing and what the
-- deletion policy drops is counted; a column without a training value is filled with 0.
{% set types = {
    'x': 'double', 'gaps': 'double', 'kinds': 'decimal(18, 4)', 'flat': 'bigint', 'empty': 'double',
    'colour': 'varchar', 'size': 'integer', 'needed': 'double'
} %}
{% set plan = checked_preprocessing(
    {
        'x': {'cap': 'tukey', 'drop_missing': true},
        'gaps': {'impute': 'median', 'log': true, 'scale': 'min_max'},
        'kinds': {'impute': 'group_median:colour,size', 'bins': 'uniform:2'},
        'flat': {'flag': 'mad', 'scale': 'standard'},
        'empty': {'impute': 'mean', 'scale': 'robust'},
        'colour': {'encode': 'target:1'},
        'size': {'impute': 'mode', 'encode': 'ordinal'}
    },
    types
) %}
with given (part, x, gaps, kinds, flat, empty, colour, size, bought) as (

    values
    ('train', 1e0, 1e0, 1.0, 7, null, 'red', 10, 1),
    ('train', 2e0, 2e0, 3.0, 7, cast('NaN' as double), 'blue', 9, 0),
    ('train', 3e0, 2e0, null, 7, null, 'red', null, 0),
    ('train', 4e0, 1e0, 8.0, 7, null, null, 9, null),
    ('train', 100e0, null, null, 7, null, 'red', 10, 1),
    ('train', null, 50e0, 500.0, 9, 1e0, 'grey', 11, 1),
    ('test', 1e9, 1e9, 1e9, 99, 5e0, 'green', 12, 1)

),

learned as (

    {{ fitted('given', plan, training="part = 'train'", label='bought') }}

),

cases (feature, step, group_key, stat, value, text_value, row_count) as (

    values
    ('x', 'read', null, 'missing_share', 0.16666667, null, 6),
    ('x', 'read', null, 'not_finite_share', 0, null, 6),
    ('x', 'delete', null, 'dropped_count', 1, null, 6),
    ('x', 'cap', null, 'lower', -1, null, 5),
    ('x', 'cap', null, 'upper', 7, null, 5),
    ('x', 'cap', null, 'clips', 1, null, 5),
    ('gaps', 'read', null, 'missing_share', 0.16666667, null, 6),
    ('gaps', 'read', null, 'not_finite_share', 0, null, 6),
    ('gaps', 'impute', null, 'median', 1.5, null, 4),
    -- ln 2 and ln 3 - ln 2
    ('gaps', 'scale', null, 'center', 0.69314718, null, 5),
    ('gaps', 'scale', null, 'scale', 0.40546511, null, 5),
    ('kinds', 'read', null, 'missing_share', 0.33333333, null, 6),
    ('kinds', 'read', null, 'not_finite_share', 0, null, 6),
    ('kinds', 'impute', null, 'median', 3, null, 3),
    ('kinds', 'impute', 'red', 'group_median', 1, null, 1),
    ('kinds', 'impute', 'blue', 'group_median', 3, null, 1),
    ('kinds', 'impute', '10', 'parent_median', 1, null, 1),
    ('kinds', 'impute', '9', 'parent_median', 5.5, null, 2),
    ('kinds', 'bin', '0', 'edge', 1, null, 5),
    ('kinds', 'bin', '1', 'edge', 4.5, null, 5),
    ('kinds', 'bin', '2', 'edge', 8, null, 5),
    ('flat', 'read', null, 'missing_share', 0, null, 6),
    ('flat', 'read', null, 'not_finite_share', 0, null, 6),
    ('flat', 'cap', null, 'lower', null, null, 5),
    ('flat', 'cap', null, 'upper', null, null, 5),
    ('flat', 'cap', null, 'clips', 0, null, 5),
    ('flat', 'scale', null, 'center', 7, null, 5),
    ('flat', 'scale', null, 'scale', 1, null, 5),
    ('empty', 'read', null, 'missing_share', 0.83333333, null, 6),
    ('empty', 'read', null, 'not_finite_share', 0.16666667, null, 6),
    ('empty', 'impute', null, 'mean', 0, null, 0),
    ('empty', 'scale', null, 'center', 0, null, 5),
    ('empty', 'scale', null, 'scale', 1, null, 5),
    ('colour', 'read', null, 'missing_share', 0.16666667, null, 6),
    -- 2 of 4 bought: (2 + 0.5) / (3 + 1), (0 + 0.5) / (1 + 1), (0 + 0.5) / (0 + 1)
    ('colour', 'target', null, 'mean', 0.625, 'red', 3),
    ('colour', 'target', null, 'mean', 0.25, 'blue', 1),
    ('colour', 'target', null, 'mean', 0.5, null, 0),
    ('colour', 'target', null, 'prior', 0.5, null, 4),
    ('size', 'read', null, 'missing_share', 0.16666667, null, 6),
    -- Of two as frequent it is the smaller, as numbers are.
    ('size', 'impute', null, 'mode', null, '9', 4),
    ('size', 'ordinal', null, 'code', 0, '9', 3),
    ('size', 'ordinal', null, 'code', 1, '10', 2)

),

expected as (

    select
        feature,
        step,
        cast(group_key as varchar) as group_key,
        stat,
        round(cast(value as double), 8) as value,
        cast(text_value as varchar) as text_value,
        cast(row_count as bigint) as row_count
    from cases

),

actual as (

    select
        feature,
        step,
        group_key,
        stat,
        round(value, 8) as value,
        text_value,
        row_count
    from learned

),

missed as (

    select * from expected
    except all
    select * from actual

),

added as (

    select * from actual
    except all
    select * from expected

),

differences as (

    select
        'expected' as side,
        *
    from missed
    union all
    select
        'actual' as side,
        *
    from added

)

select * from differences
