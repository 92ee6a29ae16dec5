{#-
    One parameter of an address's query string, with its escapes decoded.

    Shape      text expression
    Arguments  url: SQL expression of the address; parameter: its name, letters and underscores, case counts
    Nulls      no such parameter, or an empty one, gives null; so does one whose escapes are no UTF-8
    Source     application/x-www-form-urlencoded: `+` is a blank; the first of several counts
    Example    url_parameter("'/?utm_source=a%20b+c#top'", 'utm_source') -> a b c
-#}
{% macro url_parameter(url, parameter) -%}
    {{ return(adapter.dispatch('url_parameter', 'footfall')(url, parameter)) }}
{%- endmacro %}

{#- Most addresses have no such parameter, and looking for a text is ten times as fast as matching. -#}
{% macro default__url_parameter(url, parameter) -%}
    case
        when instr({{ url }}, '{{ parameter }}=') > 0 then nullif(
            try(url_decode(replace(
                regexp_extract({{ url }}, '^[^#]*?[?&]{{ parameter }}=([^&#]*)', 1), '+', ' '
            ))),
            ''
        )
    end
{%- endmacro %}

{% macro spark__url_parameter(url, parameter) -%}
    case
        when instr({{ url }}, '{{ parameter }}=') > 0 then nullif(
            try_url_decode(
                regexp_extract({{ url }}, '^[^#]*?[?&]{{ parameter }}=([^&#]*)', 1)
            ),
            ''
        )
    end
{%- endmacro %}
