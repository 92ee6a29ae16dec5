-- Only a whole first label goes, and only once.
with cases (host, expected) as (

    values
    ('www.shop.example.com', 'shop.example.com'),
    ('shop.example.com', 'shop.example.com'),
    ('www.www.example', 'www.example'),
    ('wwwshop.de', 'wwwshop.de'),
    ('shop.www.de', 'shop.www.de'),
    (null, null)

)

select
    host,
    expected,
    {{ without_www('host') }} as actual
from cases
where {{ without_www('host') }} is distinct from expected
