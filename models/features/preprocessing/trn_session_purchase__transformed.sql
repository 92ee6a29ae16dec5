-- Grain: one row per row of trn_session_purchase (session_id, prefix_length).
{{ transformed_training_set('session_purchase') }}
