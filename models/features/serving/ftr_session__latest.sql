-- Grain: one row per visit that is served (session_id), the last of each actor, as of its newest
-- moment.
{% set tables = ['ftr_session__prefix'] %}
{{ keyed_by('actor_id', inputs=latest_inputs('ftr_moments__session', tables)) }}
{{ latest_features(
    'session', ['actor_id', 'session_id', 'session_started_at'],
    tables, ref('ftr_moments__session'), by='actor_id'
) }}
