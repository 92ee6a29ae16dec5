{#-
    One field of a JSON text, as text.

    Shape      text expression
    Arguments  path: dotted, below the root
    Nulls      a missing field, a JSON null and an unreadable document give null
    Source     RFC 9535 (JSONPath), the dotted part of it
    Example    json_text('payload', 'time.created') on {"time": {"created": "x"}} -> x
-#}
{% macro json_text(document, path) -%}
    {{ return(adapter.dispatch('json_text', 'footfall')(document, path)) }}
{%- endmacro %}

{% macro default__json_text(document, path) -%}
    json_extract_string(try_cast({{ document }} as json), '$.{{ path }}')
{%- endmacro %}

{% macro spark__json_text(document, path) -%}
    get_json_object({{ document }}, '$.{{ path }}')
{%- endmacro %}
