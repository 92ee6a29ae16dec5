{#-
    Rows that earlier builds published and that no later one can make again, from the ledger.

    Shape      a whole query: the columns of the model that reads it, those that no file has as nulls
    Arguments  name: folder of the ledger
    Nulls      without a ledger no rows
    Example    kept_rows('fitted_parameters')
-#}
{% macro kept_rows(name) -%}
    {{ return(adapter.dispatch('kept_rows', 'footfall')(name)) }}
{%- endmacro %}

{% macro default__kept_rows(name) -%}
    {{ footfall.no_rows() }}
{%- endmacro %}

{% macro duckdb__kept_rows(name) -%}
    {%- set files = env_var('FOOTFALL_HOME', 'warehouse').replace("'", "''") ~ '/ledger/' ~ name ~ '/*.parquet' -%}
    {%- if execute and run_query("select count(*) from glob('" ~ files ~ "')").rows[0][0] > 0 -%}
    select {{ model.columns.keys() | join(', ') }}
    from (
        select * from ({{ footfall.no_rows() }}) as typed
        union all by name
        select * from read_parquet('{{ files }}', union_by_name = true)
    ) as kept
    {%- else -%}
    {{ footfall.no_rows() }}
    {%- endif -%}
{%- endmacro %}
