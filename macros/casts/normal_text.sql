{#-
    A text as people compare it: lower case, without the blanks around it, one blank for several inside.

    Shape      text expression
    Nulls      null where nothing is left
    Example    '  Tea   Pot ' -> tea pot
-#}
{% macro normal_text(text) -%}
    {{ return(adapter.dispatch('normal_text', 'footfall')(text)) }}
{%- endmacro %}

{% macro default__normal_text(text) -%}
    nullif(trim(regexp_replace(lower({{ text }}), '[\s\x{00A0}]+', ' ', 'g')), '')
{%- endmacro %}

{# Spark replaces every match. #}
{% macro spark__normal_text(text) -%}
    nullif(trim(regexp_replace(lower({{ text }}), '[\\s\\x{00A0}]+', ' ')), '')
{%- endmacro %}
