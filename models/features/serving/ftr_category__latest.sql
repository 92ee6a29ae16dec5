-- Grain: one row per category that is served (category), as of its newest moment: one at which a
-- product is served that was known to be of it.
{{ latest_features(
    'category',
    keys=['category'],
    tables=['ftr_category__popularity'],
    moments=moments_of_categories('(' ~ moments_of(['product_id'], purpose='serve') ~ ')'),
) }}
