{#-
    The calendar day of a UTC timestamp in the shop's time zone.

    Shape      date expression
    Units      var shop_timezone, or an IANA name
    Example    2026-01-01 23:30:00 -> 2026-01-02 in Europe/Berlin
-#}
{% macro local_day(utc_at, time_zone=none) -%}
    {{ return(adapter.dispatch('local_day', 'footfall')(utc_at, time_zone or var('shop_timezone'))) }}
{%- endmacro %}

{% macro default__local_day(utc_at, time_zone) -%}
    cast({{ utc_at }} at time zone 'UTC' at time zone '{{ time_zone }}' as date)
{%- endmacro %}

{% macro spark__local_day(utc_at, time_zone) -%}
    cast(from_utc_timestamp({{ utc_at }}, '{{ time_zone }}') as date)
{%- endmacro %}
