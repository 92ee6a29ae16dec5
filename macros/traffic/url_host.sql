{#-
    The host of an address, in lower case, without its port.

    Shape      text expression
    Nulls      a path alone has no host: null, whatever its query holds; so the address's first slash is the scheme's
    Source     one regular expression: this runs on every page and referrer, and DuckDB repeats the text in each
               split_part, so that five in a row take ten times as long. Browsers send no user name in either, so none
               is looked for
    Example    'https://Shop.example.com:8080/p?x=1' -> shop.example.com · 'android-app://com.app/' -> com.app
-#}
{% macro url_host(url) -%}
    nullif(lower(regexp_extract({{ url }}, '^[^/]*://([^/?#:]*)', 1)), '')
{%- endmacro %}
