-- An account before a device; neither is nobody.
with cases (customer_id, visitor_id, expected) as (

    values
    ('C1', 'V1', 'customer C1'),
    ('C1', null, 'customer C1'),
    (null, 'C1', 'visitor C1'),
    (null, null, null)

)

select
    customer_id,
    visitor_id,
    expected,
    {{ person_of('customer_id', 'visitor_id') }} as actual
from cases
where {{ person_of('customer_id', 'visitor_id') }} is distinct from expected
