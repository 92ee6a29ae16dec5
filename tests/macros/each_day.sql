-- Both ends are days; a leap day and the ends of summer time are one day each; no dates, no row.
with spans (span, first_on, last_on) as (

    values
    ('leap', date '2024-02-28', date '2024-03-01'),
    ('summer', date '2024-03-30', date '2024-04-01'),
    ('one', date '2026-01-01', date '2026-01-01'),
    ('backward', date '2026-01-02', date '2026-01-01'),
    ('endless', date '2026-01-01', cast(null as date)),
    ('unborn', cast(null as date), date '2026-01-01')

),

expected (span, date_on) as (

    values
    ('leap', date '2024-02-28'),
    ('leap', date '2024-02-29'),
    ('leap', date '2024-03-01'),
    ('summer', date '2024-03-30'),
    ('summer', date '2024-03-31'),
    ('summer', date '2024-04-01'),
    ('one', date '2026-01-01')

),

repeated as (

    {{ each_day('spans', 'first_on', 'last_on') }}

),

actual as (

    select
        span,
        date_on
    from repeated

),

compared as (

    select
        coalesce(expected.span, actual.span) as span,
        coalesce(expected.date_on, actual.date_on) as date_on,
        count(expected.span) as expected,
        count(actual.span) as actual
    from expected
    full outer join actual
        on
            expected.span = actual.span
            and expected.date_on = actual.date_on
    group by
        coalesce(expected.span, actual.span),
        coalesce(expected.date_on, actual.date_on)

)

select *
from compared
where
    expected <> 1
    or actual <> 1
