{#-
    Ends the query with a message; for rows of a seed that nothing can be made of.

    Shape      boolean expression that never has a value
    Arguments  message: SQL expression of the text
    Errors     the message, from the engine, wherever a row reaches the expression
    Example    case when op = 'equals' then a = b else {{ stop_with("'unknown op ' || op") }} end
-#}
{% macro stop_with(message) -%}
    {{ return(adapter.dispatch('stop_with', 'footfall')(message)) }}
{%- endmacro %}

{% macro default__stop_with(message) -%}
    cast(error({{ message }}) as boolean)
{%- endmacro %}

{% macro spark__stop_with(message) -%}
    cast(raise_error({{ message }}) as boolean)
{%- endmacro %}
