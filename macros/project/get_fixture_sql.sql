{#-
    The rows of a unit test as a query; dbt calls it for each input.

    Shape      a whole query: every column of the relation, those not given null
    Arguments  rows: list of {column: value}; column_name_to_data_types: of the relation, or none to look them up
    Errors     a column the relation does not have, or a relation that is not there, stops the test
    Source     dbt's own casts each cell of each row by a macro call: with 45 unit tests half of what a build costs
               before it reads a row
-#}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- set relation = load_relation(this) or defer_relation -%}
    {%- if not relation -%}
        {{ exceptions.raise_compiler_error("Unit test: " ~ this ~ " is not there, so its columns are not known. Build once, or run: dbt run --empty") }}
    {%- endif -%}
    {%- set types = column_name_to_data_types or column_types(relation) -%}
    {{ footfall._rows_as_sql(rows, types, types.keys()) }}
{%- endmacro %}

{#- dbt calls it for what a unit test expects. -#}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) -%}
    {%- if rows -%}
        {{ footfall._rows_as_sql(rows, column_name_to_data_types, rows[0].keys() | map('lower') | list) }}
    {%- else -%}
        select * from dbt_internal_unit_test_actual limit 0
    {%- endif -%}
{%- endmacro %}

{#- One list of texts, cast once a column. -#}
{% macro _rows_as_sql(rows, types, columns) -%}
    {%- set given = [] -%}
    {%- for row in rows -%}
        {%- for name in row if name | lower not in given -%}
            {%- if name | lower not in types -%}
                {{ exceptions.raise_compiler_error("Unit test: no column '" ~ name ~ "' in " ~ model.name ~ "; it has " ~ types.keys() | join(', ')) }}
            {%- endif -%}
            {%- do given.append(name | lower) -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        {%- for name in columns %}
        cast({{ adapter.quote(name) if name in given else 'null' }} as {{ types[name] }}) as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if given %}
    from (
        values
        {%- for row in rows %}
        {%- set cells = {} -%}
        {%- for name, value in row.items() -%}
            {%- if value is not none -%} {%- do cells.update({name | lower: "'" ~ value | string | replace("'", "''") ~ "'"}) -%} {%- endif -%}
        {%- endfor %}
        ({% for name in given %}{{ cells.get(name, 'null') }}{{ ', ' if not loop.last }}{% endfor %}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as given ({% for name in given %}{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor %})
    {%- else %}
    limit 0
    {%- endif %}
{%- endmacro %}
