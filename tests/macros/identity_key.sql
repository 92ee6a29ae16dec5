-- The hashes are md5sum's, of C1 and V1.
with cases (customer_key, visitor_key, expected_customer_key, expected_visitor_key) as (

    values
    (
        'C1',
        'V1',
        '1|customer|1a2ddc2db4693cfd16d534cde5572cc1',
        '9|visitor|b4daca084ad9eabfc8de231929477ed6'
    ),
    (null, null, null, null)

),

results as (

    select
        *,
        {{ identity_key('customer', 'customer_key') }} as actual_customer_key,
        {{ identity_key('visitor', 'visitor_key') }} as actual_visitor_key
    from cases

)

select *
from results
where
    actual_customer_key is distinct from expected_customer_key
    or actual_visitor_key is distinct from expected_visitor_key
