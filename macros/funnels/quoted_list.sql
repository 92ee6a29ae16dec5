{#-
    Texts as a list for `in`.

    Shape      'a', 'b'; for between brackets
    Nulls      no text at all gives null, which nothing is in
    Example    quoted_list(['view_item', 'purchase']) -> 'view_item', 'purchase'
-#}
{% macro quoted_list(texts) -%}
    {{- "'" ~ texts | join("', '") ~ "'" if texts else 'null' -}}
{%- endmacro %}
