-- Sources rank as they stand in vars.sources, so the bank outranks the shop's own feed.
with cases (source, contract_is_known, expected) as (

    values
    ('feeds', true, 1),
    ('ecb', true, 2),
    -- It has a place in vars.sources but does not feed rates.
    ('web', true, 0),
    ('nobody', true, 0),
    (null, true, 0),
    ('ecb', false, 0)

),

results as (

    select
        *,
        case
            when contract_is_known then {{ feed_rank('int_exchange_rates', 'source') }}
            else {{ feed_rank('int_nothing', 'source') }}
        end as actual
    from cases

)

select *
from results
where actual is distinct from expected
