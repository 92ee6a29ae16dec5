-- Grain: one row per visitor and moment at which a spine wants its features (visitor_id,
-- prediction_at, available_as_of).
{% set keys = ['visitor_id'] %}
{{ keyed_by('visitor_id', inputs=moment_inputs(keys)) }}
{{ moments_of(keys, by='visitor_id') }}
