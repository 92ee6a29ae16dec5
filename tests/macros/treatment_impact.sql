-- Each step against the one before it. Tukey makes 100 a 7: mean 22 to 3.4; the median of 1, 2, 3,
-- 4, 7 fills the gap; ln(1 + x); scaled, the mean is 0.
{% set plan = checked_preprocessing(
    {
        'x': {'cap': 'tukey', 'impute': 'median', 'log': true, 'scale': 'standard'},
        'y': {'scale': 'min_max'}
    },
    {'x': 'double', 'y': 'double'}
) %}
with given (x, y) as (

    values
    (1e0, 1e0),
    (2e0, 1e0),
    (3e0, 2e0),
    (4e0, 3e0),
    (100e0, 5e0),
    (null, null)

),

learned as (

    {{ fitted('given', plan) }}

),

results as (

    {{ treatment_impact('given', 'learned', plan) }}

),

cases (
    feature, step, row_count, changed_count, missing_pct_after, mean_before, mean_after, p50_after,
    has_psi
) as (

    values
    ('x', 'cap', 6, 1, 16.666667, 22, 3.4, 3, true),
    ('x', 'impute', 6, 1, 0, 3.4, 3.333333, 3, true),
    ('x', 'log', 6, 6, 0, 3.333333, 1.375538, 1.386294, false),
    ('x', 'scale', 6, 6, 0, 1.375538, 0, 0.025205, false),
    ('y', 'scale', 6, 5, 16.666667, 2.4, 0.35, 0.25, false)

)

select
    cases.*,
    results.*
from cases
full outer join results
    on
        cases.feature = results.feature
        and cases.step = results.step
where
    cases.row_count is distinct from results.row_count
    or cases.changed_count is distinct from results.changed_count
    or cast(cases.missing_pct_after as double) is distinct from round(results.missing_pct_after, 6)
    or cast(cases.mean_before as double) is distinct from round(results.mean_before, 6)
    or abs(cast(cases.mean_after as double) - results.mean_after) > 0.000001
    or cast(cases.p50_after as double) is distinct from round(results.p50_after, 6)
    or cases.has_psi is distinct from (results.psi is not null)
