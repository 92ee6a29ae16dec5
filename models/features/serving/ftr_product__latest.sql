-- Grain: one row per product that is served (product_id), as of its newest moment.
{{ latest_features(
    'product',
    keys=['product_id'],
    tables=['ftr_product__popularity', 'ftr_product__standing', 'ftr_product__covisits'],
) }}
