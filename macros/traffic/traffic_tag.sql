{#-
    A UTM tag, brought to one spelling: the tracker's field, or where it is empty the address's own parameter.

    Shape      text expression, lower case, without white space around it, one blank for several inside
    Arguments  field: SQL expression of the tracker's field; url: of the page's address; parameter: its name there
    Nulls      empty or blank in both: null
    Example    ' Google ' -> google · a line break after a copied tag goes as well
-#}
{% macro traffic_tag(field, url, parameter) -%}
    coalesce(
        {{ footfall.normal_text(field) }},
        {{ footfall.normal_text(footfall.url_parameter(url, parameter)) }}
    )
{%- endmacro %}
