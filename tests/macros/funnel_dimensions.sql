-- fct_funnel_units has a column for each dimension and each step, and for no step more; the
-- dimensions are columns of fct_events.
{% set columns = {'fct_funnel_units': [], 'fct_events': []} %}
{% if execute %}
    {% for node in graph.nodes.values() if node.name in columns %}
        {% do columns.update({node.name: node.columns.keys() | list}) %}
    {% endfor %}
{% endif %}
with expected (model, column_name) as (

    values
    {% for step in range(1, funnel_step_limit() + 1) %}
        ('fct_funnel_units', 'step_{{ step }}_at'),
    {% endfor %}
    {% for name in funnel_dimensions() %}
        ('fct_funnel_units', '{{ name }}'),
        ('fct_events', '{{ name }}'){{ ',' if not loop.last }}
    {% endfor %}

),

found (model, column_name) as (

    values
    {% for model, names in columns.items() %}
        {% for name in names %}
            ('{{ model }}', '{{ name }}'),
        {% endfor %}
    {% endfor %}
    ('none', 'none')

)

select
    coalesce(expected.model, found.model) as model,
    expected.column_name as expected_column,
    found.column_name as found_column
from expected
full outer join found
    on expected.model = found.model and expected.column_name = found.column_name
where
    found.column_name is null
    or (
        expected.column_name is null
        and found.model = 'fct_funnel_units'
        and found.column_name like 'step|_%|_at' escape '|'
    )
