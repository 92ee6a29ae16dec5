{#-
    An instant, from a text with its offset or a zoned timestamp, as a UTC timestamp without zone.

    Shape      timestamp expression, microseconds
    Nulls      an unreadable text, infinity and a year beyond 9999 give null
    Example    '2024-03-31T02:30:00+02:00' -> 2024-03-31 00:30:00
-#}
{% macro to_utc(value) -%}
    {{ return(adapter.dispatch('to_utc', 'footfall')(value)) }}
{%- endmacro %}

{% macro default__to_utc(value) -%}
    case
        when try_cast({{ value }} as timestamptz) between '0001-01-01 00:00:00Z' and '9999-12-31 00:00:00Z'
            then try_cast({{ value }} as timestamptz) at time zone 'UTC'
    end
{%- endmacro %}

{# The Spark profile sets spark.sql.session.timeZone to UTC: its timestamp is the instant. #}
{% macro spark__to_utc(value) -%}
    try_cast({{ value }} as timestamp)
{%- endmacro %}
