{#-
    Stops the compilation unless an argument is a whole number above 0.

    Shape      nothing; a guard for macros with a number among their arguments
    Errors     <macro>: <argument> must be a whole number above 0, got <value>
-#}
{% macro require_positive_int(macro_name, argument, value) -%}
    {%- if value is not integer or value <= 0 -%}
        {{ exceptions.raise_compiler_error(
            macro_name ~ ': ' ~ argument ~ ' must be a whole number above 0, got ' ~ value
        ) }}
    {%- endif -%}
{%- endmacro %}
