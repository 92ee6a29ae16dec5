-- Grain: one row per category that is served (category), as of its newest moment: one at which a
-- product is served that was known to be of it.
{{ latest_features(
    'category', ['category'], ['ftr_category__popularity'], ref('ftr_moments__category')
) }}
