-- Grain: one row per device that is served (visitor_id), as of its newest moment.
{% set tables = ['ftr_visitor__activity', 'ftr_visitor__calendar'] %}
{{ keyed_by('visitor_id', inputs=latest_inputs('ftr_moments__visitor', tables)) }}
{{ latest_features(
    'visitor', ['visitor_id'],
    tables, ref('ftr_moments__visitor'), by='visitor_id'
) }}
