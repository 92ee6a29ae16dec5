{#-
    All rows that the configured sources bring to a canonical contract.

    Shape      a whole query: the given columns, one select a source, `union all`
    Arguments  columns: {name: type}, the contract; a feed must have every one of them;
               of a staging model the accepted rows are taken, or with only_accepted=false all;
               derived: {name: expression}, text that follows from the other columns. A feed whose YAML names one stores the
               same, which its readers then can look for without computing it of every row
    Nulls      no source at all: no row, the columns typed
    Example    {{ union_feeds('int_refunds', {'refund_id': 'varchar', 'amount': 'decimal(18, 4)'}) }}
-#}
{% macro union_feeds(contract, columns, only_accepted=true, derived={}) -%}
    {%- for model in footfall.feeds(contract) %}
    select
        {%- for name, type in columns.items() %}
        cast({{ name }} as {{ footfall.sql_type(type) }}) as {{ name }}{{ ',' if not loop.last or derived }}
        {%- endfor %}
        {%- set kept = graph.get('nodes', {}).get('model.' ~ project_name ~ '.' ~ model, {}).get('columns', {}) %}
        {%- for name, expression in derived.items() %}
        cast({{ name if name in kept else expression }} as {{ footfall.sql_type('varchar') }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model) }}
    {{- "\n    where row_status = 'accepted'" if only_accepted and model.startswith('stg_') }}
    {{- '\n    union all' if not loop.last }}
    {%- else %}
    select
        {%- for name, type in columns.items() %}
        cast(null as {{ footfall.sql_type(type) }}) as {{ name }}{{ ',' if not loop.last or derived }}
        {%- endfor %}
        {%- for name in derived %}
        cast(null as {{ footfall.sql_type('varchar') }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- endfor %}
{%- endmacro %}
