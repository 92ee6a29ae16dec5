-- Each row once at any moment, by the rate known then; until is excluded. Spans that were over when
-- the row became known are left out; the reporting currency and a day without a rate have one.
with spans (currency, rate_on, rate, known_from, known_to) as (

    values
    ('GBP', date '2026-01-06', cast(null as decimal(18, 8)), '0001-01-01', '2026-01-05 15:00:00'),
    ('GBP', date '2026-01-06', 0.82000000, '2026-01-05 15:00:00', '2026-01-06 15:00:00'),
    ('GBP', date '2026-01-06', 0.83000000, '2026-01-06 15:00:00', null)

),

rates as (

    select
        spans.*,
        cast(spans.known_from as timestamp) as known_from_at,
        cast(spans.known_to as timestamp) as known_to_at
    from spans

),

sales (sale, currency, sold_on, available_at) as (

    values
    ('noon', 'GBP', date '2026-01-06', timestamp '2026-01-06 12:00:00'),
    ('as it ended', 'GBP', date '2026-01-06', timestamp '2026-01-06 15:00:00'),
    ('euros', 'EUR', date '2026-01-06', timestamp '2026-01-06 12:00:00'),
    ('no rate', 'GBP', date '2026-01-09', timestamp '2026-01-09 12:00:00')

),

moments (moment, available_as_of) as (

    values
    ('before', timestamp '2026-01-06 14:59:59.999999'),
    ('published', timestamp '2026-01-06 15:00:00'),
    ('later', timestamp '2026-01-10 00:00:00')

),

known as (

    select
        sales.sale,
        rates.rate,
        greatest(sales.available_at, coalesce(rates.known_from_at, sales.available_at))
            as available_at,
        rates.known_to_at
    from sales
    {{ join_known_rates('sales', 'sold_on') }}

),

found as (

    select
        moments.moment,
        known.sale,
        known.rate
    from moments
    inner join known
        on
            moments.available_as_of >= known.available_at
            and {{ is_still_known('known') }}

),

expected (moment, sale, rate) as (

    values
    ('before', 'noon', cast(0.82000000 as decimal(18, 8))),
    ('before', 'euros', null),
    ('published', 'noon', 0.83000000),
    ('published', 'as it ended', 0.83000000),
    ('published', 'euros', null),
    ('later', 'noon', 0.83000000),
    ('later', 'as it ended', 0.83000000),
    ('later', 'euros', null),
    ('later', 'no rate', null)

),

missing as (

    select
        moment,
        sale,
        rate
    from expected
    except all
    select
        moment,
        sale,
        rate
    from found

),

additional as (

    select
        moment,
        sale,
        rate
    from found
    except all
    select
        moment,
        sale,
        rate
    from expected

)

select * from missing
union all
select * from additional
