{#-
    A UTM tag, brought to one spelling: the tracker's field, or where it is empty the address's own parameter.

    Shape      text expression, lower case, without blanks around it
    Arguments  field: SQL expression of the tracker's field; url: of the page's address; parameter: its name there
    Nulls      empty or blank in both: null
    Example    ' Google ' -> google
-#}
{% macro traffic_tag(field, url, parameter) -%}
    coalesce(
        lower({{ footfall.not_blank(field) }}),
        lower({{ footfall.not_blank(footfall.url_parameter(url, parameter)) }})
    )
{%- endmacro %}
