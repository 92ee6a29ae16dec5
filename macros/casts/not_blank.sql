{#-
    A value as text without the blanks around it; null where nothing is left.

    Shape      text expression
    Example    '  a ' -> a · '   ' -> null
-#}
{% macro not_blank(text) -%}
    nullif(trim(cast({{ text }} as {{ footfall.sql_type('varchar') }})), '')
{%- endmacro %}
