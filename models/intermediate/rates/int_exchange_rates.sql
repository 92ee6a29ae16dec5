-- Grain: one row per currency and calendar day (rate_on) with a usable rate: that day's, or the
-- latest before it.
-- Quoted in units of the currency per unit of the base.
{{ config(materialized='table') }}
{% set max_age = whole_var('rate_max_age_days', least=0) %}

with fed as (

    {{ union_feeds('int_exchange_rates', {
        'currency': 'varchar',
        'rate_date': 'date',
        'source': 'varchar',
        'base_currency': 'varchar',
        'rate': 'decimal(18, 8)',
        'available_at': 'timestamp',
    }) }}

),

ranked as (

    select
        *,
        -- Two publishers of one day: the source that `vars.sources` names last, the official one,
        -- wins.
        row_number() over (
            partition by currency, rate_date
            order by {{ feed_rank('int_exchange_rates', 'source') }} desc, base_currency asc
        ) as choice
    from fed
    -- Rates against different bases do not mix.
    where base_currency = '{{ var("rates_base_currency") }}' and currency <> base_currency

),

chosen as (

    select * from ranked
    where choice = 1

),

-- The base has the rate 1, on every day on which anything was published.
bases as (

    select
        base_currency as currency,
        rate_date,
        min(source) as source,
        base_currency,
        cast(1 as decimal(18, 8)) as rate,
        min(available_at) as available_at
    from chosen
    group by base_currency, rate_date

),

all_rates as (

    select
        currency,
        rate_date,
        source,
        base_currency,
        rate,
        available_at
    from chosen
    union all
    select
        currency,
        rate_date,
        source,
        base_currency,
        rate,
        available_at
    from bases

),

periods as (

    select
        *,
        -- In force until the day before the next rate, and no longer than an old rate may be used.
        least(
            coalesce(
                cast(lead(rate_date) over (
                    partition by currency order by rate_date asc
                ) - interval '1 day' as date),
                cast(rate_date + interval '{{ max_age }} days' as date)
            ),
            cast(rate_date + interval '{{ max_age }} days' as date)
        ) as last_on
    from all_rates

),

days as (

    {{ each_day('periods', 'rate_date', 'last_on') }}

),

final as (

    select
        -- ids
        currency,
        date_on as rate_on,

        -- attributes
        source,
        base_currency,
        rate_date as published_on,

        -- measures
        rate,

        -- times
        available_at
    from days

)

select * from final
