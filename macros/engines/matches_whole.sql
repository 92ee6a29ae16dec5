{#-
    True where a regular expression matches the whole text.

    Shape      boolean expression
    Arguments  pattern: no backslash, since engines read it differently inside a literal
    Nulls      null for a null text
    Example    matches_whole("'12'", '[0-9]+') -> true
-#}
{% macro matches_whole(text, pattern) -%}
    {{ return(adapter.dispatch('matches_whole', 'footfall')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches_whole(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches_whole(text, pattern) -%}
    ({{ text }} rlike '^(?:{{ pattern }})$')
{%- endmacro %}
