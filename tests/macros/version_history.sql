-- The prices of DEFINITIONS.md, section 19: 11 from 15 February arrives on 5 March, the price of
-- 20 February is 10 as known on the 4th, 11 now. Equal times: what became available last counts;
-- a null is a value; times of arrival in any order. Case 16: of two with equal times, in either
-- order, the one with the larger hash, md5('1:1') or md5('1:2').
with versions (product_id, unit_price, valid_from, available_at, loaded_at) as (

    values
    ('P', 10, timestamp '2026-01-01', timestamp '2026-01-01', timestamp '2026-03-05'),
    ('P', 10, timestamp '2026-02-01', timestamp '2026-02-01', timestamp '2026-03-05'),
    ('P', 12, timestamp '2026-03-01', timestamp '2026-03-01', timestamp '2026-03-05'),
    ('P', 11, timestamp '2026-02-15', timestamp '2026-03-05', timestamp '2026-03-05'),
    ('P', 10, timestamp '2026-04-01', timestamp '2026-04-01', timestamp '2026-04-01'),
    ('Q', 1, timestamp '2026-01-01', timestamp '2026-01-02', timestamp '2026-01-02'),
    ('Q', 2, timestamp '2026-01-01', timestamp '2026-01-03', timestamp '2026-01-03'),
    ('Q', null, timestamp '2026-02-01', timestamp '2026-02-01', timestamp '2026-02-01'),
    ('Q', null, timestamp '2026-03-01', timestamp '2026-03-01', timestamp '2026-03-01'),
    ('Q', 2, timestamp '2026-03-02', timestamp '2026-03-02', timestamp '2026-03-02'),
    ('R', 1, timestamp '2026-01-01', timestamp '2026-01-01', timestamp '2026-01-01'),
    ('R', 2, timestamp '2026-01-01', timestamp '2026-01-01', timestamp '2026-01-01'),
    ('S', 2, timestamp '2026-01-01', timestamp '2026-01-01', timestamp '2026-01-01'),
    ('S', 1, timestamp '2026-01-01', timestamp '2026-01-01', timestamp '2026-01-01')

),

known_now as (

    {{ version_history('versions', 'product_id', ['unit_price']) }}

),

known_then as (

    {{ version_history('versions', 'product_id', ['unit_price'], "timestamp '2026-03-04'") }}

),

cases (known, product_id, valid_from, valid_to, unit_price, is_current) as (

    values
    ('now', 'R', timestamp '2026-01-01', null, 2, true),
    ('now', 'S', timestamp '2026-01-01', null, 2, true),
    ('then', 'R', timestamp '2026-01-01', null, 2, true),
    ('then', 'S', timestamp '2026-01-01', null, 2, true),
    ('now', 'P', timestamp '2026-01-01', timestamp '2026-02-15', 10, false),
    ('now', 'P', timestamp '2026-02-15', timestamp '2026-03-01', 11, false),
    ('now', 'P', timestamp '2026-03-01', timestamp '2026-04-01', 12, false),
    ('now', 'P', timestamp '2026-04-01', null, 10, true),
    ('now', 'Q', timestamp '2026-01-01', timestamp '2026-02-01', 2, false),
    ('now', 'Q', timestamp '2026-02-01', timestamp '2026-03-02', null, false),
    ('now', 'Q', timestamp '2026-03-02', null, 2, true),
    ('then', 'P', timestamp '2026-01-01', timestamp '2026-03-01', 10, false),
    ('then', 'P', timestamp '2026-03-01', null, 12, true),
    ('then', 'Q', timestamp '2026-01-01', timestamp '2026-02-01', 2, false),
    ('then', 'Q', timestamp '2026-02-01', timestamp '2026-03-02', null, false),
    ('then', 'Q', timestamp '2026-03-02', null, 2, true)

),

results as (

    select
        'now' as known,
        product_id,
        valid_from,
        valid_to,
        unit_price,
        is_current
    from known_now
    union all
    select
        'then' as known,
        product_id,
        valid_from,
        valid_to,
        unit_price,
        is_current
    from known_then

)

select
    cases.*,
    results.product_id as actual_product_id,
    results.valid_from as actual_valid_from,
    results.valid_to as actual_valid_to,
    results.unit_price as actual_unit_price
from cases
full outer join results
    on
        cases.known = results.known
        and cases.product_id = results.product_id
        and cases.valid_from = results.valid_from
where
    cases.product_id is null
    or results.product_id is null
    or cases.valid_to is distinct from results.valid_to
    or cases.unit_price is distinct from results.unit_price
    or cases.is_current is distinct from results.is_current
