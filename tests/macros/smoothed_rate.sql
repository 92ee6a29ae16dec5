-- Twenty cases of the group's rate, 0.05, are added to each; a group without cases has none.
with cases (successes, cases, group_successes, group_cases, expected) as (

    values
    (1, 2, 5, 100, 0.09090909),
    (100, 2000, 5, 100, 0.05),
    (0, 0, 5, 100, 0.05),
    (0, 7, 0, 9, 0),
    (9000000, 9000000, 9000000, 10000000, 0.99999978),
    (0, 0, 0, 0, null)

),

results as (

    select
        *,
        {{ smoothed_rate('successes', 'cases', 'group_successes', 'group_cases') }} as actual
    from cases

)

select *
from results
where actual is distinct from cast(expected as decimal(28, 8))
