-- By statsmodels' proportion_confint(method="wilson"): few cases promise little.
with cases (successes, cases, expected) as (

    values
    (1, 2, 0.09453121),
    (100, 2000, 0.04128123),
    (0, 5, 0),
    (5, 5, 0.56551754),
    (3, 7, 0.15821986),
    (999999, 1000000, 0.99999434),
    (0, 0, null),
    (null, null, null)

),

results as (

    select
        *,
        {{ wilson_lower_bound('successes', 'cases') }} as actual
    from cases

)

select *
from results
where actual is distinct from cast(expected as decimal(18, 8))
