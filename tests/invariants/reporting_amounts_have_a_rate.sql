-- Lines, refunds or purchases in a currency without a recent rate: their reporting amounts are
-- null.
-- Not an error: amounts in their own currency are right. Add a source of rates (feeds or ecb).
{{ config(severity='warn') }}

with unrated as (

    select
        'order lines' as amounts,
        currency,
        ordered_on as on_day
    from {{ ref('fct_order_items') }}
    where line_total_reporting is null
    union all
    select
        'refunds' as amounts,
        currency,
        refunded_on as on_day
    from {{ ref('fct_refunds') }}
    where amount_reporting is null
    union all
    select
        'event values' as amounts,
        currency,
        event_on as on_day
    from {{ ref('fct_events') }}
    where event_value is not null and event_value_reporting is null

)

select
    amounts,
    currency,
    count(*) as row_count,
    min(on_day) as first_on,
    max(on_day) as last_on
from unrated
group by amounts, currency
