{#-
    Passes when every row bears, null for null, the features that the tables have at its moment.

    Returns    the keys of a row that is another one, or none, in a table, and which
    Arguments  keys: by which a moment finds its row; tables: names of the entity's feature tables
    Example    arguments: {keys: [visitor_id], tables: [ftr_visitor__activity]}
-#}
{% test served_from(model, keys, tables) %}

{% set by_model = feature_columns() | groupby('model') %}
{% for table in tables %}
    select
        '{{ table }}' as feature_table,
        served.{{ keys | join(', served.') }},
        served.prediction_at
    from {{ model }} as served
    left join {{ ref(table) }} as features
        on
            {% for key in keys %}
                served.{{ key }} = features.{{ key }}
                and
            {% endfor %}
            served.prediction_at = features.prediction_at
            and served.available_as_of = features.available_as_of
    where
        features.prediction_at is null
        {% for name, columns in by_model if name == table %}
            {% for column in columns %}
                {% set told = column.feature if column.feature != 'is_cold_start'
                    else table.removeprefix('ftr_') ~ '__is_cold_start' %}
                or served.{{ told }} is distinct from features.{{ column.feature }}
            {% endfor %}
        {% endfor %}
    {{ 'union all' if not loop.last }}
{% endfor %}

{% endtest %}
