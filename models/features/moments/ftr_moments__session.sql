-- Grain: one row per session and moment at which a spine wants its features (actor_id, session_id,
-- session_started_at, prediction_at, available_as_of).
{% set keys = ['actor_id', 'session_id', 'session_started_at'] %}
{{ keyed_by('actor_id', inputs=moment_inputs(keys)) }}
{{ moments_of(keys, by='actor_id') }}
