-- Grain: one row per customer and moment at which a spine wants its features (customer_id,
-- prediction_at, available_as_of).
{% set keys = ['customer_id'] %}
{{ keyed_by('customer_id', inputs=moment_inputs(keys)) }}
{{ moments_of(keys, by='customer_id') }}
