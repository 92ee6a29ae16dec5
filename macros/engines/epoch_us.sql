{#-
    Microseconds since 1970-01-01 UTC: differences of these are exact on every engine.

    Shape      bigint expression
    Example    epoch_us("timestamp '1970-01-01 00:00:01'") -> 1000000
-#}
{% macro epoch_us(utc_at) -%}
    {{ return(adapter.dispatch('epoch_us', 'footfall')(utc_at)) }}
{%- endmacro %}

{% macro default__epoch_us(utc_at) -%}
    epoch_us({{ utc_at }})
{%- endmacro %}

{% macro spark__epoch_us(utc_at) -%}
    unix_micros(cast({{ utc_at }} as timestamp))
{%- endmacro %}
