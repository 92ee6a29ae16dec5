-- Lines, refunds, cancellations, purchases or ad costs in a currency without a recent rate: their
-- reporting amounts are null.
-- Not an error: amounts in their own currency are right. Add a source of rates (feeds or ecb).
{{ config(severity='warn') }}

with rates as (

    select * from {{ ref('int_exchange_rates') }}

),

ad_spend as (

    select * from {{ ref('int_ad_spend') }}

),

unrated as (

    select
        'order lines' as amounts,
        order_id as id,
        currency,
        ordered_on as on_day
    from {{ ref('fct_order_items') }}
    where line_total_reporting is null
    union all
    select
        'refunds' as amounts,
        refund_id as id,
        currency,
        refunded_on as on_day
    from {{ ref('fct_refunds') }}
    where amount_reporting is null
    union all
    select
        'event values' as amounts,
        event_id as id,
        currency,
        event_on as on_day
    from {{ ref('fct_events') }}
    where event_value is not null and event_value_reporting is null
    union all
    select
        'cancellations' as amounts,
        order_id as id,
        currency,
        {{ local_day('cancelled_at') }} as on_day
    from {{ ref('fct_orders') }}
    where cancelled_total <> 0 and cancelled_total_reporting is null
    union all
    select
        'ad costs' as amounts,
        ad_spend.spend_source as id,
        ad_spend.currency,
        ad_spend.spend_on as on_day
    from ad_spend
    {{ join_rates('ad_spend', 'spend_on') }}
    where
        {{ in_reporting_currency(
            'ad_spend.cost', 'ad_spend.currency', 'rates.rate', 'reporting_rates.rate'
        ) }} is null

)

select
    amounts,
    currency,
    count(*) as row_count,
    min(on_day) as first_on,
    max(on_day) as last_on,
    min(id) as first_id
from unrated
group by amounts, currency
