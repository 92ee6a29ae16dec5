-- The examples of DEFINITIONS.md, section 26. Without a row on one side nothing is compared.
with counts (pair, bin, count_before, count_after) as (

    values
    ('quarters', 'a', 5, 8),
    ('quarters', 'b', 5, 6),
    ('quarters', 'c', 5, 4),
    ('quarters', null, 5, 2),
    ('halves', 'a', 1, 2),
    ('halves', 'b', 1, 0),
    ('only before', 'a', 1, 0)

),

numbers as (

    select unnest(range(1, 14)) as number

),

samples as (

    select
        counts.pair,
        counts.bin,
        numbers.number > counts.count_before as is_after,
        -- Counted one by one, and all at once.
        case when counts.pair = 'halves' then 7 else 1 end as row_count
    from counts
    inner join numbers
        on counts.count_before + counts.count_after >= numbers.number

),

results as (

    {{ population_stability('samples', ['pair']) }}

)

select *
from results
where
    round(psi, 6)
    is distinct from case pair when 'quarters' then 0.228217e0 when 'halves' then 6.907742e0 end
