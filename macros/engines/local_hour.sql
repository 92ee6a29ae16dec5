{#-
    The hour that a clock in the shop's time zone shows at a UTC timestamp, 0 to 23.

    Shape      integer expression
    Units      var shop_timezone, or an IANA name
    Example    2026-01-01 23:30:00 -> 0 in Europe/Berlin
-#}
{% macro local_hour(utc_at, time_zone=none) -%}
    {{ return(adapter.dispatch('local_hour', 'footfall')(utc_at, time_zone or var('shop_timezone'))) }}
{%- endmacro %}

{% macro default__local_hour(utc_at, time_zone) -%}
    cast(extract(hour from {{ utc_at }} at time zone 'UTC' at time zone '{{ time_zone }}') as integer)
{%- endmacro %}

{% macro spark__local_hour(utc_at, time_zone) -%}
    hour(from_utc_timestamp({{ utc_at }}, '{{ time_zone }}'))
{%- endmacro %}
