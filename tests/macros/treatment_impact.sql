-- Each step against the one before it. Tukey makes 100 a 7: mean 22 to 3.4; the median of 1, 2, 3,
-- 4, 7 fills the gap; ln(1 + x); scaled, the mean is 0. Two bins part y at 3. Of six categories
-- three are a, one is missing; a, b, c are 0, 1, 2 and nothing is -2.
{% set plan = checked_preprocessing(
    {
        'x': {'cap': 'tukey', 'impute': 'median', 'log': true, 'scale': 'standard'},
        'y': {'scale': 'min_max', 'bins': 'uniform:2'},
        'c': {'encode': 'one_hot', 'top': 1},
        'd': {'encode': 'ordinal'},
        'e': {'impute': 'mode'}
    },
    {'x': 'double', 'y': 'double', 'c': 'varchar', 'd': 'varchar', 'e': 'varchar'}
) %}
with given (x, y, c, d, e) as (

    values
    (1e0, 1e0, 'a', 'a', 'a'),
    (2e0, 1e0, 'a', 'a', 'a'),
    (3e0, 2e0, 'b', 'b', 'b'),
    (4e0, 3e0, null, null, null),
    (100e0, 5e0, 'c', 'c', 'c'),
    (null, null, 'a', 'a', 'a')

),

learned as (

    {{ fitted('given', plan) }}

),

results as (

    {{ treatment_impact('given', 'learned', plan) }}

),

cases (
    step, column_name, changed_count, missing_pct_before, missing_pct_after, mean_before,
    mean_after, p50_after, has_psi
) as (

    values
    ('cap', 'x__capped', 1, 16.666667, 16.666667, 22, 3.4, 3, true),
    ('impute', 'x__imputed', 1, 16.666667, 0, 3.4, 3.333333, 3, true),
    ('log', 'x__log', 6, 0, 0, 3.333333, 1.375538, 1.386294, false),
    ('scale', 'x__standard', 6, 0, 0, 1.375538, 0, 0.025205, false),
    ('scale', 'y__min_max', 5, 16.666667, 16.666667, 2.4, 0.35, 0.25, false),
    ('bin', 'y__bin', 5, 16.666667, 16.666667, 2.4, 0.4, 0, false),
    ('encode', 'c__top_1', 6, 16.666667, 0, null, 0.5, 0.5, false),
    ('encode', 'c__other', 6, 16.666667, 0, null, 0.333333, 0, false),
    ('encode', 'c__null', 6, 16.666667, 0, null, 0.166667, 0, false),
    ('encode', 'd__ordinal', 6, 16.666667, 0, null, 0.166667, 0, false)

)

select
    cases.*,
    results.*
from cases
full outer join results
    on
        cases.column_name = results.column_name
        and cases.step = results.step
        and substr(results.column_name, 1, 1) = results.feature
where
    results.row_count is distinct from 6
    or cases.changed_count is distinct from results.changed_count
    or cast(cases.missing_pct_before as double)
    is distinct from round(results.missing_pct_before, 6)
    or cast(cases.missing_pct_after as double) is distinct from round(results.missing_pct_after, 6)
    or cast(cases.mean_before as double) is distinct from round(results.mean_before, 6)
    or abs(cast(cases.mean_after as double) - results.mean_after) > 0.000001
    or cast(cases.p50_after as double) is distinct from round(results.p50_after, 6)
    or cases.has_psi is distinct from (results.psi is not null)
