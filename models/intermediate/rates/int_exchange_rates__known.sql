-- Grain: one row per currency but the reporting one, day (rate_on) and span of time in which these
-- were known to be its rates; the spans of a day follow each other from ever to ever.
-- What a feature converts by: in the morning nobody knows the rate that the day will have.
{{ config(materialized='table') }}
{% set max_age = whole_var('rate_max_age_days', least=0) %}
{% set reporting_currency = var('reporting_currency') %}
{% set following = 'over (partition by currency order by published_on asc)' %}
{% set so_far %}over (
            partition by currency, date_on
            order by available_at asc
            range between unbounded preceding and current row
        )
{%- endset %}

with rates as (

    select * from {{ ref('int_exchange_rates') }}

),

published as (

    select
        currency,
        published_on,
        rate,
        available_at,
        -- Once the next is known, this one counts for days before it only.
        least(
            cast(published_on + interval '{{ max_age }} days' as date),
            coalesce(
                greatest(
                    cast(lead(published_on) {{ following }} - interval '1 day' as date),
                    cast(lead(available_at) {{ following }} + interval '1 day' as date)
                ),
                cast(published_on + interval '{{ max_age }} days' as date)
            )
        ) as last_on
    from rates
    where rate_on = published_on

),

candidates as (

    {{ each_day('published', 'published_on', 'last_on') }}

),

days as (

    select distinct
        currency,
        date_on
    from candidates
    where currency <> '{{ reporting_currency }}'

),

-- What becomes known of a day: a rate of the currency, or one of the reporting currency.
learned as (

    select
        currency,
        date_on,
        available_at,
        published_on,
        cast(null as date) as reporting_published_on
    from candidates
    where currency <> '{{ reporting_currency }}'
    union all
    select
        days.currency,
        days.date_on,
        reporting.available_at,
        cast(null as date) as published_on,
        reporting.published_on as reporting_published_on
    from days
    inner join candidates as reporting
        on
            reporting.currency = '{{ reporting_currency }}'
            and days.date_on = reporting.date_on

),

known as (

    select distinct
        currency,
        date_on,
        available_at as known_from_at,
        -- Those that became known in one instant, too.
        max(published_on) {{ so_far }} as published_on,
        max(reporting_published_on) {{ so_far }} as reporting_published_on
    from learned
    union all
    select
        currency,
        date_on,
        timestamp '0001-01-01 00:00:00' as known_from_at,
        cast(null as date) as published_on,
        cast(null as date) as reporting_published_on
    from days

),

priced as (

    select
        known.currency,
        known.date_on,
        known.known_from_at,
        published.rate,
        reporting.rate as reporting_rate
    from known
    left join published
        on
            known.currency = published.currency
            and known.published_on = published.published_on
    left join published as reporting
        on
            reporting.currency = '{{ reporting_currency }}'
            and known.reporting_published_on = reporting.published_on

),

compared as (

    select
        *,
        lag(rate) over in_order as rate_before,
        lag(reporting_rate) over in_order as reporting_rate_before
    from priced
    window in_order as (partition by currency, date_on order by known_from_at asc)

),

changes as (

    select * from compared
    where
        known_from_at = timestamp '0001-01-01 00:00:00'
        or rate is distinct from rate_before
        or reporting_rate is distinct from reporting_rate_before

),

final as (

    select
        -- ids
        currency,
        date_on as rate_on,

        -- measures
        rate,
        reporting_rate,

        -- times
        known_from_at,
        lead(known_from_at) over (
            partition by currency, date_on
            order by known_from_at asc
        ) as known_to_at
    from changes

)

select * from final
