-- Every feature that is served is that of the feature table's row of the same moment, null for
-- null; and every feature of an entity is served.
{% set served = {
    'customer': {
        'keys': ['customer_id'],
        'tables': [
            'ftr_customer__activity',
            'ftr_customer__calendar',
            'ftr_customer__commerce',
            'ftr_customer__preferences',
        ],
    },
    'visitor': {
        'keys': ['visitor_id'],
        'tables': ['ftr_visitor__activity', 'ftr_visitor__calendar'],
    },
    'product': {
        'keys': ['product_id'],
        'tables': ['ftr_product__popularity', 'ftr_product__standing', 'ftr_product__covisits'],
    },
    'category': {'keys': ['category'], 'tables': ['ftr_category__popularity']},
    'visitor_product': {
        'keys': ['visitor_id', 'product_id'],
        'tables': ['ftr_visitor_product__affinity'],
    },
    'session': {'keys': ['actor_id', 'session_id'], 'tables': ['ftr_session__prefix']},
} %}
{% set tables = [] %}
{% set by_model = feature_columns() | groupby('model') %}
with faults as (

    {% for entity, asked in served.items() %}
        {% for table in asked.tables %}
            {% do tables.append(table) %}
            select
                '{{ table }}' as feature_table,
                'another row is served' as fault,
                count(*) as row_count
            from {{ ref('ftr_' ~ entity ~ '__latest') }} as served
            left join {{ ref(table) }} as features
                on
                    {% for key in asked['keys'] %}
                        served.{{ key }} = features.{{ key }}
                        and
                    {% endfor %}
                    served.prediction_at = features.prediction_at
                    and served.available_as_of = features.available_as_of
            where
                features.prediction_at is null
                {% for model, columns in by_model if model == table %}
                    {% for column in columns %}
                        {% set name = column.feature %}
                        {% set told = name if name != 'is_cold_start'
                            else table.removeprefix('ftr_') ~ '__is_cold_start' %}
                        or served.{{ told }} is distinct from features.{{ name }}
                    {% endfor %}
                {% endfor %}
            union all
        {% endfor %}
    {% endfor %}
    {% for model, columns in by_model if model not in tables %}
        select
            '{{ model }}' as feature_table,
            'its features are not served' as fault,
            1 as row_count
        union all
    {% endfor %}
    select
        '' as feature_table,
        'none' as fault,
        0 as row_count

)

select * from faults
where row_count > 0
