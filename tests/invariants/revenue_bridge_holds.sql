-- In every day and currency the steps sum to their totals, and the totals are those of the facts.
with bridge as (

    select * from {{ ref('rpt_revenue_bridge') }}

),

steps as (

    select
        purchased_on,
        currency,
        sum(case when step_number <= 8 then amount else 0 end) as tracked_side,
        sum(case when step_number = 9 then amount else 0 end) as sold,
        sum(case when step_number between 9 and 11 then amount else 0 end) as kept,
        sum(case when step_number = 12 then amount else 0 end) as net
    from bridge
    group by purchased_on, currency

),

facts as (

    select
        (
            select sum(event_value) from {{ ref('fct_events') }}
            where event_type = 'purchase'
        ) as web_total,
        (
            select sum(net_total) from {{ ref('fct_orders') }}
            where is_sold
        ) as net_total

),

sums as (

    select
        sum(case when step_number = 1 then amount end) as web_total,
        sum(case when step_number = 12 then amount end) as net_total
    from bridge

)

select
    cast(purchased_on as varchar) as purchased_on,
    currency
from steps
where tracked_side <> sold or kept <> net
union all
select
    'all days' as purchased_on,
    'all' as currency
from facts
cross join sums
where
    coalesce(facts.web_total, 0) <> coalesce(sums.web_total, 0)
    or coalesce(facts.net_total, 0) <> coalesce(sums.net_total, 0)
