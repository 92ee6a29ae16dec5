{#-
    True where a JSON document is an object, not a list, a number or a text.

    Shape      boolean expression
    Arguments  document: of to_json
    Nulls      null for null
-#}
{% macro is_json_object(document) -%}
    {{ return(adapter.dispatch('is_json_object', 'footfall')(document)) }}
{%- endmacro %}

{% macro default__is_json_object(document) -%}
    json_type({{ document }}) = 'OBJECT'
{%- endmacro %}

{% macro spark__is_json_object(document) -%}
    (ltrim({{ document }}) like '{% raw %}{%{% endraw %}')
{%- endmacro %}
