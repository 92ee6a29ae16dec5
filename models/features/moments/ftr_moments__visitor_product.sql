-- Grain: one row per pair and moment at which a spine wants its features (visitor_id, product_id,
-- prediction_at, available_as_of).
{% set keys = ['visitor_id', 'product_id'] %}
{{ keyed_by('visitor_id', inputs=moment_inputs(keys)) }}
{{ moments_of(keys, by='visitor_id') }}
