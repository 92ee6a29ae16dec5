{#-
    Whose wall clock a source's times without an offset are read from: its `time_zone` in vars.sources, else UTC.

    Shape      an IANA name; not SQL
    Example    local_to_utc('landed.ordered_at', time_zone_of('shop'))
-#}
{% macro time_zone_of(source_name) -%}
    {{ return((var('sources')[source_name] or {}).time_zone or 'UTC') }}
{%- endmacro %}
