-- Grain: one row per account that is served (customer_id), as of its newest moment.
{{ latest_features(
    'customer',
    keys=['customer_id'],
    tables=[
        'ftr_customer__activity',
        'ftr_customer__calendar',
        'ftr_customer__commerce',
        'ftr_customer__preferences',
    ],
) }}
