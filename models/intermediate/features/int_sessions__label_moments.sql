-- Grain: one row per moment of session_prefix that has a label (session_id, prefix_length).
{{ label_moments('session_purchase', 'int_events') }}
