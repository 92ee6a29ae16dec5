-- With the vars as they come: robots and the shop's own are out.
with cases (is_bot, is_internal, expected) as (

    values
    (false, false, true),
    (false, null, true),
    (true, false, false),
    (false, true, false),
    (true, true, false)

),

results as (

    select
        *,
        {{ is_shopper() }} as alone
    from cases

)

select
    results.is_bot,
    results.is_internal,
    results.expected,
    results.alone,
    {{ is_shopper('results') }} as named
from results
where
    results.alone is distinct from results.expected
    or {{ is_shopper('results') }} is distinct from results.expected
