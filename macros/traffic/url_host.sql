{#-
    The host of an address, in lower case, without its port.

    Shape      text expression
    Nulls      a path alone has no host: null
    Source     no regular expression: this runs on every page and referrer. Browsers send no user name
               in either, so none is looked for
    Example    'https://Shop.example.com:8080/p?x=1' -> shop.example.com · 'android-app://com.app/' -> com.app
-#}
{% macro url_host(url) -%}
    case
        -- The address's first slash is the scheme's: not one of a path, whatever its query holds.
        when instr({{ url }}, '/') = instr({{ url }}, '://') + 1 then nullif(lower(
            split_part(split_part(split_part(split_part(split_part(
                {{ url }}, '://', 2
            ), '/', 1), '?', 1), '#', 1), ':', 1)
        ), '')
    end
{%- endmacro %}
