-- A match anywhere is enough, and case counts.
with cases (sent, pattern, expected) as (

    values
    ('mozilla/5.0 (compatible; googlebot/2.1)', 'googlebot|bingbot', true),
    ('Googlebot/2.1', 'googlebot|bingbot', false),
    ('mozilla/5.0 (x11)', 'googlebot|bingbot', false),
    ('curl/8.5', 'curl/', true),
    ('', 'bot', false),
    (null, 'bot', null),
    ('bot', null, null)

),

results as (

    select
        *,
        {{ contains_match('sent', 'pattern') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
