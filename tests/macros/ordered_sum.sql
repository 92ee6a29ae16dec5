-- The smallest first: 1 is lost beside 1e16; two of them are not, where they meet before.
with cases (expected, given) as (

    values
    ('together', 1e16),
    ('together', 1e0),
    ('together', 1e0),
    ('together', null),
    ('none', null)

),

results as (

    select
        expected,
        {{ ordered_sum('given') }} as actual
    from cases
    group by expected

)

select *
from results
where
    actual is distinct from case expected when 'together' then 10000000000000002e0 end
