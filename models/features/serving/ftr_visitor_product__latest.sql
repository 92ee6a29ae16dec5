-- Grain: one row per device and product that are served (visitor_id, product_id), as of their
-- newest moment.
{{ latest_features(
    'visitor_product',
    keys=['visitor_id', 'product_id'],
    tables=['ftr_visitor_product__affinity'],
) }}
