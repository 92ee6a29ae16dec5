-- Grain: one row per moment of a visit whose label is known (session_id, prefix_length).
{{ training_set('session_purchase') }}
