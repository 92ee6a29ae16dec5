{#-
    A host without the `www.` that some of its links bear.

    Shape      text expression
    Nulls      null where the host is
    Example    www.shop.example.com -> shop.example.com · wwwshop.de -> wwwshop.de
-#}
{% macro without_www(host) -%}
    case when left({{ host }}, 4) = 'www.' then substring({{ host }}, 5) else {{ host }} end
{%- endmacro %}
