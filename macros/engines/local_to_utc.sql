{#-
    A wall-clock time of a named zone as a UTC timestamp; one that says its own zone or offset is an instant.

    Shape      timestamp expression
    Arguments  time_zone: an IANA name, written into the SQL
    Nulls      an unreadable text, infinity and a year beyond 9999 give null
    Source     IANA time zone database
    Example    local_to_utc("'2011-07-01 09:00:00'", 'Europe/London') -> 2011-07-01 08:00:00
-#}
{% macro local_to_utc(value, time_zone) -%}
    {{ return(adapter.dispatch('local_to_utc', 'footfall')(value, time_zone)) }}
{%- endmacro %}

{% macro default__local_to_utc(value, time_zone) -%}
    case
        when regexp_matches(cast({{ value }} as varchar), ':[0-9]{2}([.][0-9]+)? *([-+a-zA-Z].*)$')
            then {{ footfall.to_utc('cast(' ~ value ~ ' as varchar)') }}
        when try_cast({{ value }} as timestamp) between timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 00:00:00'
            then try_cast({{ value }} as timestamp) at time zone '{{ time_zone }}' at time zone 'UTC'
    end
{%- endmacro %}

{% macro spark__local_to_utc(value, time_zone) -%}
    case
        when cast({{ value }} as string) rlike ':[0-9]{2}([.][0-9]+)? *([-+a-zA-Z].*)$' then {{ footfall.to_utc(value) }}
        else to_utc_timestamp(try_cast({{ value }} as timestamp), '{{ time_zone }}')
    end
{%- endmacro %}
