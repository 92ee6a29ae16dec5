-- The field speaks before the address; blanks, tabs, line breaks and case do not matter.
with cases (field, url, expected) as (

    values
    (' Google ', '/?utm_source=bing', 'google'),
    (chr(9) || 'Google' || chr(13) || chr(10), '/?utm_source=bing', 'google'),
    ('Partner' || chr(9) || ' ' || chr(160) || 'Net', '/', 'partner net'),
    ('  ', '/?utm_source=+Bing', 'bing'),
    (chr(10), '/?utm_source=%09Bing%0A', 'bing'),
    (null, '/?utm_source=%20', null),
    (null, '/?utm_source=%0D%0A', null),
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
