{#-
    Several fields of one JSON document as text columns, the document read once.

    Shape      a column list, in the order given; DuckDB's has one before them, _json_values
    Arguments  document: a JSON expression (to_json); fields: {column: path below the root}
    Nulls      a missing field and a JSON null give null
    Example    json_columns('doc', {'event_id': 'id', 'created': 'time.created'})
-#}
{% macro json_columns(document, fields) -%}
    {{ return(adapter.dispatch('json_columns', 'footfall')(document, fields)) }}
{%- endmacro %}

{# The list is a column of its own: written out for each of fifty fields, it is 70 kB of SQL. #}
{% macro default__json_columns(document, fields) -%}
    {%- set paths = [] -%}
    {%- for path in fields.values() -%}{%- do paths.append("'$." ~ path ~ "'") -%}{%- endfor %}
    json_extract_string({{ document }}, [{{ paths | join(', ') }}]) as _json_values,
    {%- for column in fields %}
    _json_values[{{ loop.index }}] as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro spark__json_columns(document, fields) -%}
    {%- for column, path in fields.items() %}
    get_json_object({{ document }}, '$.{{ path }}') as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
