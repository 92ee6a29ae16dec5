-- Whatever is known of an entity stands in the table that serves it.
with unserved as (

    {% for column in feature_columns() %}
        {% set table = 'ftr_' ~ column.entity ~ '__latest' %}
        {% set told = column.feature if column.feature != 'is_cold_start'
            else column.model.removeprefix('ftr_') ~ '__is_cold_start' %}
        {% set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ table, {}) %}
        {% if told not in node.get('columns', {}) %}
            select
                '{{ column.model }}' as feature_table,
                '{{ column.feature }}' as feature
            union all
        {% endif %}
    {% endfor %}
    select
        '' as feature_table,
        null as feature

)

select * from unserved
where feature is not null
