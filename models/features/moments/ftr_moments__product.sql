-- Grain: one row per product and moment at which a spine wants its features (product_id,
-- prediction_at, available_as_of).
{% set keys = ['product_id'] %}
{{ keyed_by('product_id', inputs=moment_inputs(keys)) }}
{{ moments_of(keys, by='product_id') }}
