{#-
    An instant, from a text with its offset or a zoned timestamp, as a UTC timestamp without zone.

    Shape      timestamp expression, microseconds
    Nulls      an unreadable text gives null
    Example    '2024-03-31T02:30:00+02:00' -> 2024-03-31 00:30:00
-#}
{% macro to_utc(value) -%}
    {{ return(adapter.dispatch('to_utc', 'footfall')(value)) }}
{%- endmacro %}

{% macro default__to_utc(value) -%}
    (try_cast({{ value }} as timestamptz) at time zone 'UTC')
{%- endmacro %}

{# The Spark profile sets spark.sql.session.timeZone to UTC: its timestamp is the instant. #}
{% macro spark__to_utc(value) -%}
    try_cast({{ value }} as timestamp)
{%- endmacro %}
