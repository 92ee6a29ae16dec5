{#-
    A text as a JSON document, or null where it is none.

    Shape      an expression that json_text reads; on DuckDB parsed once for many fields
    Example    to_json('payload')
-#}
{% macro to_json(text) -%}
    {{ return(adapter.dispatch('to_json', 'footfall')(text)) }}
{%- endmacro %}

{% macro default__to_json(text) -%}
    try_cast({{ text }} as json)
{%- endmacro %}

{% macro spark__to_json(text) -%}
    case when try_parse_json({{ text }}) is not null then {{ text }} end
{%- endmacro %}
