-- Grain: one row per visit that is served (session_id), the last of each actor, as of its newest
-- moment.
{{ latest_features(
    'session',
    keys=['actor_id', 'session_id', 'session_started_at'],
    tables=['ftr_session__prefix'],
) }}
