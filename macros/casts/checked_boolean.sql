{#-
    A value as true or false, or null where its text is neither.

    Shape      boolean expression
    Nulls      null, blank and every other word give null; beside a not-blank text that is `bad_type`
    Source     a bare cast knows other words on every engine, and 2 is true to it
    Example    'True', '1', 't' -> true · 'no' -> false · '2' -> null
-#}
{% macro checked_boolean(text) -%}
    {%- set word = "lower(" ~ footfall.not_blank(text) ~ ")" -%}
    case
        when {{ word }} in ('true', 't', 'yes', 'y', '1') then true
        when {{ word }} in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}
