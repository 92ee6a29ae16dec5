{#-
    Rows that earlier builds published and that no later one can make again, from the ledger.

    Shape      a whole query: the columns of the model that reads it, those that no file has as nulls
    Arguments  name: folder of the ledger
    Nulls      without a ledger no rows, and none from a file so old that it lacks what may not be null
    Example    kept_rows('fitted_parameters')
-#}
{% macro kept_rows(name) -%}
    {{ return(adapter.dispatch('kept_rows', 'footfall')(name)) }}
{%- endmacro %}

{% macro default__kept_rows(name) -%}
    {#- A folder may be called [1], and that is no pattern. -#}
    {%- set home = (env_var('FOOTFALL_HOME', '') or 'warehouse').replace('[', '[[]').replace('*', '[*]').replace('?', '[?]') -%}
    {%- set files = home.replace("'", "''") ~ '/ledger/' ~ name ~ '/*.parquet' -%}
    {%- if execute and run_query("select count(*) from glob('" ~ files ~ "')").rows[0][0] > 0 -%}
    select
        {%- for name, column in model.columns.items() %}
        cast({{ name }} as {{ column.data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select * from ({{ footfall.no_rows() }}) as typed
        union all by name
        select * from read_parquet('{{ files }}', union_by_name = true)
    ) as kept
    where true
        {%- for name, column in model.columns.items() if column.constraints | selectattr('type', 'equalto', 'not_null') | list %}
        and {{ name }} is not null
        {%- endfor %}
    {%- else -%}
    {{ footfall.no_rows() }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__kept_rows(name) -%}
    {{ footfall.no_rows() }}
{%- endmacro %}
