-- The least of the sources that feed a contract; one that never loaded holds nobody up, and what
-- nobody feeds has none.
{% set known = ref('int_watermarks') | string %}
with watermarks (source, watermark_at) as (

    values
    ('web', timestamp '2026-03-05 00:00:00'),
    ('shop', timestamp '2026-03-04 00:00:00'),
    ('online_retail', timestamp '2011-12-10 00:00:00'),
    ('feeds', timestamp '2026-03-03 00:00:00'),
    ('nobody', timestamp '2000-01-01 00:00:00')

),

results (contract, expected, actual) as (

    values
    {% for contract, expected in [
        ('int_events', "timestamp '2026-03-05 00:00:00'"),
        ('int_orders', "timestamp '2011-12-10 00:00:00'"),
        ('int_customer_contacts', "timestamp '2026-03-04 00:00:00'"),
        ('int_exchange_rates', "timestamp '2026-03-03 00:00:00'"),
        (['int_events', 'int_exchange_rates'], "timestamp '2026-03-03 00:00:00'"),
        (['int_events', 'int_events'], "timestamp '2026-03-05 00:00:00'"),
        ('int_nothing', 'cast(null as timestamp)'),
        ([], 'cast(null as timestamp)'),
    ] %}
        (
            {{ loop.index }},
            {{ expected }},
            {{ watermark(contract) | replace(known, 'watermarks') }}
        ){{ ',' if not loop.last }}
    {% endfor %}

)

select *
from results
where actual is distinct from expected
