-- Grain: one row per device and product that are served (visitor_id, product_id), as of their
-- newest moment.
{% set tables = ['ftr_visitor_product__affinity'] %}
{{ keyed_by('visitor_id', inputs=latest_inputs('ftr_moments__visitor_product', tables)) }}
{{ latest_features(
    'visitor_product', ['visitor_id', 'product_id'],
    tables, ref('ftr_moments__visitor_product'), by='visitor_id'
) }}
