-- Grain: one row per moment of session_prefix that has a label (session_id, prefix_length).
-- What is served of a visit is one of the moments to train on.
{{ label_moments('session_purchase', 'int_events', purpose='train') }}
