{#-
    An id, byte for byte, in Unicode normal form C; blanks in it are part of it.

    Shape      text expression
    Nulls      an empty text gives null
    Source     Unicode Standard Annex 15; Spark has no function for it and takes the id as sent
    Example    'e' followed by a combining acute accent -> the one letter é
-#}
{% macro id_text(value) -%}
    {{ return(adapter.dispatch('id_text', 'footfall')(value)) }}
{%- endmacro %}

{% macro default__id_text(value) -%}
    nullif(nfc_normalize(cast({{ value }} as varchar)), '')
{%- endmacro %}

{% macro spark__id_text(value) -%}
    nullif(cast({{ value }} as string), '')
{%- endmacro %}
