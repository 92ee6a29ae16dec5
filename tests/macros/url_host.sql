-- With or without path, port, query; an app is a host; a path alone has none.
with cases (url, expected) as (

    values
    ('https://Shop.example.com/p/mug', 'shop.example.com'),
    ('http://shop.example.com:8080', 'shop.example.com'),
    ('https://shop.example.com?x=1', 'shop.example.com'),
    ('https://shop.example.com#top', 'shop.example.com'),
    ('https://a.example/?next=https://b.example/', 'a.example'),
    ('android-app://com.google.android.gm/', 'com.google.android.gm'),
    ('/home', null),
    ('', null),
    ('https://', null),
    ('/home?next=https://b.example/', null),
    (null, null)

)

select
    url,
    expected,
    {{ url_host('url') }} as actual
from cases
where {{ url_host('url') }} is distinct from expected
