-- Grain: one row per session and moment at which a spine wants its features (actor_id, session_id,
-- session_started_at, prediction_at, available_as_of).
{{ moments_of(['actor_id', 'session_id', 'session_started_at']) }}
