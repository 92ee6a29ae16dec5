{#-
    A type's name in the engine's own words.

    Shape      a type name
    Example    sql_type('varchar') is varchar on DuckDB, string on Spark
-#}
{% macro sql_type(type) -%}
    {{ return(adapter.dispatch('sql_type', 'footfall')(type)) }}
{%- endmacro %}

{% macro default__sql_type(type) -%}
    {{ type }}
{%- endmacro %}

{% macro spark__sql_type(type) -%}
    {{ {'varchar': 'string', 'hugeint': 'decimal(38, 0)', 'ubigint': 'bigint'}.get(type, type) }}
{%- endmacro %}
