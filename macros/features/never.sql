{#-
    A time later than every moment there is, and small enough to be added to.

    Shape      bigint literal, microseconds since 1970
-#}
{% macro never() -%}
    9000000000000000000
{%- endmacro %}
