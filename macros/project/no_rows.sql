{#-
    The columns that a model's contract promises, of no row: what a model is whose parts are declared, when nothing is.

    Shape      a whole query; for the model that calls it
    Example    {% for task in tasks %} … {% else %} {{ no_rows() }} {% endfor %}
-#}
{% macro no_rows() -%}
    select
        {%- for name, column in model.columns.items() %}
        cast(null as {{ footfall.sql_type(column.data_type) }}) as {{ name }}{{ ',' if not loop.last }}
        {%- else %}
        null as nothing
        {%- endfor %}
    where false
{%- endmacro %}
