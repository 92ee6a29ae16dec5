-- Grain: one row per account that is served (customer_id), as of its newest moment.
{% set tables = [
    'ftr_customer__activity',
    'ftr_customer__calendar',
    'ftr_customer__commerce',
    'ftr_customer__preferences',
] %}
{{ keyed_by('customer_id', inputs=latest_inputs('ftr_moments__customer', tables)) }}
{{ latest_features(
    'customer', ['customer_id'],
    tables, ref('ftr_moments__customer'), by='customer_id'
) }}
