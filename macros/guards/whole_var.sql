{#-
    A var that is a whole number, or the end of the compilation.

    Shape      the number itself, for text and for arithmetic of the template
    Arguments  name: of the var; least: the smallest that makes sense
    Errors     vars: <name> must be a whole number of <least> or more, got <value>
    Example    whole_var('cart_abandoned_hours') -> 24
-#}
{% macro whole_var(name, least=1) -%}
    {%- set value = var(name) -%}
    {%- if value is not integer or value < least -%}
        {{ exceptions.raise_compiler_error(
            'vars: ' ~ name ~ ' must be a whole number of ' ~ least ~ ' or more, got ' ~ value
        ) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
