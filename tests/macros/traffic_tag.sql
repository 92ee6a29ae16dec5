-- The field speaks before the address; blanks and case do not matter.
with cases (field, url, expected) as (

    values
    (' Google ', '/?utm_source=bing', 'google'),
    ('  ', '/?utm_source=+Bing', 'bing'),
    (null, '/?utm_source=%20', null),
    (null, '/', null),
    (null, null, null)

)

select
    field,
    url,
    expected,
    {{ traffic_tag('field', 'url', 'utm_source') }} as actual
from cases
where {{ traffic_tag('field', 'url', 'utm_source') }} is distinct from expected
