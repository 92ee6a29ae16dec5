-- The first of several counts; what follows `#`, and a name that only ends alike, is no parameter.
with cases (url, expected) as (

    values
    ('https://s.example/?utm_source=google', 'google'),
    ('https://s.example/p?a=1&utm_source=%20Google+DE#x', ' Google DE'),
    ('/home?utm_source=caf%C3%A9&utm_source=bing', 'café'),
    ('/home?utm_source=', null),
    ('/home?utm_source=&b=1', null),
    ('/home?my_utm_source=x', null),
    ('/home#?utm_source=x', null),
    ('/home?utm_source=%C3%28', null),
    ('/home?utm_source=a%26b', 'a&b'),
    ('/home', null),
    (null, null)

)

select
    url,
    expected,
    {{ url_parameter('url', 'utm_source') }} as actual
from cases
where {{ url_parameter('url', 'utm_source') }} is distinct from expected
