{#-
    True where a regular expression, itself a column or a literal, matches anywhere in a text.

    Shape      boolean expression
    Nulls      null where either is null
    Example    contains_match("'xGooglebot/2'", "'googlebot|bingbot'") -> false: case counts
-#}
{% macro contains_match(text, pattern) -%}
    {{ return(adapter.dispatch('contains_match', 'footfall')(text, pattern)) }}
{%- endmacro %}

{% macro default__contains_match(text, pattern) -%}
    regexp_matches({{ text }}, {{ pattern }})
{%- endmacro %}

{% macro spark__contains_match(text, pattern) -%}
    ({{ text }} rlike {{ pattern }})
{%- endmacro %}
