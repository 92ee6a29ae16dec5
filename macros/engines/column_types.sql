{#-
    The columns of a query or a table, found without reading a row.

    Returns    {column name in lower case: type}, in order; a dict, not SQL
    Errors     a query that does not bind, or a table that is not there, stops dbt
-#}
{% macro column_types(query) -%}
    {%- set types = {} -%}
    {%- for row in run_query('describe ' ~ query).rows -%}
        {%- do types.update({row[0] | lower: row[1]}) -%}
    {%- endfor -%}
    {{ return(types) }}
{%- endmacro %}
