-- Grain: one row per device that is served (visitor_id), as of its newest moment.
{{ latest_features(
    'visitor',
    keys=['visitor_id'],
    tables=['ftr_visitor__activity', 'ftr_visitor__calendar'],
) }}
