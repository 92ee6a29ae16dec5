-- Grain: one row per product that is served (product_id), as of its newest moment.
{% set tables = [
    'ftr_product__popularity',
    'ftr_product__standing',
    'ftr_product__covisits',
] %}
{{ latest_features('product', ['product_id'], tables, ref('ftr_moments__product')) }}
