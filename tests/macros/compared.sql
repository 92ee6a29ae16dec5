-- Nothing before, nothing after, nothing at all: null, no error.
with pairs (name, before, after) as (

    values
    ('filled', 1e0, 1e0),
    ('filled', null, 3e0),
    ('filled', 3e0, 3e0),
    ('filled', null, 3e0),
    ('filled', 5e0, 5e0),
    ('lost', 1e0, null),
    ('never', null, null),
    ('same', 2e0, 2e0)

),

results as (

    {{ compared('pairs', ['name']) }}

),

cases (
    name, row_count, changed_count, missing_before, missing_after, mean_after, sd_after, p95_after,
    psi
) as (

    values
    ('filled', 5, 2, 40, 0, 3, 1.264911, 4.6, 5.599120),
    ('lost', 1, 1, 0, 100, null, null, null, 27.630993),
    ('never', 1, 0, 100, 100, null, null, null, 0),
    ('same', 1, 0, 0, 0, 2, 0, 2, 0)

)

select
    cases.*,
    results.*
from cases
left join results on cases.name = results.name
where
    results.row_count is distinct from cases.row_count
    or results.changed_count is distinct from cases.changed_count
    or results.missing_pct_before is distinct from cases.missing_before
    or results.missing_pct_after is distinct from cases.missing_after
    or results.mean_after is distinct from cases.mean_after
    or round(results.sd_after, 6) is distinct from cast(cases.sd_after as double)
    or round(results.p95_after, 6) is distinct from cast(cases.p95_after as double)
    or round(results.psi, 6) is distinct from cast(cases.psi as double)
