{#-
    Passes when what the given columns name is there. A null names nothing.

    Returns    the column, the value nobody knows and how many rows bear it
    Arguments  columns: list of {name, to}, with field where the column is called otherwise there, and where if only
               some rows name one
    Example    columns: [{name: customer_id, to: ref('dim_customers')}]
    Source     dbt's own `relationships` is a test for each column, and each costs every build some 65 ms
-#}
{% test references(model, columns) %}

{% for column in columns %}
    select
        '{{ column.name }}' as column_name,
        cast(named.value as {{ sql_type('varchar') }}) as unknown_value,
        named.row_count
    from (
        -- Each value is looked up once.
        select
            {{ column.name }} as value,
            count(*) as row_count
        from {{ model }}
        where
            {{ column.name }} is not null
            {% if column.where is defined %} and ({{ column.where }}) {% endif %}
        group by {{ column.name }}
    ) as named
    left join (
        select {{ column.field | default(column.name) }} as value
        from {{ column.to }}
    ) as known on named.value = known.value
    where known.value is null
    {{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
