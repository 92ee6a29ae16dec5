-- GBP 100 sold at 0.80 is 125, sold at 0.82 is 121.95121951; no rate, no amount, but still a row.
with rates (currency, rate_on, rate) as (

    values
    ('{{ var("reporting_currency") }}', date '2026-01-04', 1.00000000),
    ('GBP', date '2026-01-04', 0.80000000),
    ('{{ var("reporting_currency") }}', date '2026-01-05', 1.00000000),
    ('GBP', date '2026-01-05', 0.82000000),
    -- Against a base that is neither: 100 / 0.80 * 1.25.
    ('{{ var("reporting_currency") }}', date '2026-01-06', 1.25000000),
    ('GBP', date '2026-01-06', 0.80000000),
    -- A day on which the reporting currency itself has no rate.
    ('GBP', date '2026-01-07', 0.80000000)

),

cases (order_id, currency, ordered_on, amount, expected) as (

    values
    ('o1', 'GBP', date '2026-01-04', 100.0000, 125.00000000),
    ('o2', 'GBP', date '2026-01-05', 100.0000, 121.95121951),
    ('o3', 'GBP', date '2026-01-05', -100.0000, -121.95121951),
    ('o4', 'GBP', date '2026-01-06', 100.0000, 156.25000000),
    ('o5', 'GBP', date '2026-01-07', 100.0000, null),
    ('o6', 'GBP', date '2026-01-08', 100.0000, null),
    ('o7', 'JPY', date '2026-01-05', 100.0000, null),
    ('o8', null, date '2026-01-05', 100.0000, null),
    ('o9', 'GBP', null, 100.0000, null),
    ('o10', '{{ var("reporting_currency") }}', date '2026-01-05', 100.0000, 100.00000000),
    -- The reporting currency needs no rate.
    ('o11', '{{ var("reporting_currency") }}', date '2026-01-08', 100.0000, 100.00000000)

),

priced as (

    select
        cases.order_id,
        {{ in_reporting_currency(
            'cases.amount', 'cases.currency', 'rates.rate', 'reporting_rates.rate'
        ) }} as actual
    from cases
    {{ join_rates('cases', 'ordered_on') }}

),

results as (

    select
        cases.order_id,
        cases.expected,
        max(priced.actual) as actual,
        count(priced.order_id) as row_count
    from cases
    left join priced on cases.order_id = priced.order_id
    group by cases.order_id, cases.expected

)

select *
from results
where
    actual is distinct from expected
    or row_count <> 1
