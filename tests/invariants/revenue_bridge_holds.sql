-- In every day and currency the steps sum to their totals, in both currencies, and the totals are
-- those of the facts: what the web tracked, and net sales as every other mart counts them.
with bridge as (

    select * from {{ ref('rpt_revenue_bridge') }}

),

steps as (

    {% for amount in ['amount', 'amount_reporting'] %}
        select
            '{{ amount }}' as amount,
            purchased_on,
            currency,
            sum(case when step_number <= 8 then {{ amount }} else 0 end) as tracked_side,
            sum(case when step_number = 9 then {{ amount }} else 0 end) as sold,
            sum(case when step_number between 9 and 12 then {{ amount }} else 0 end) as kept,
            sum(case when step_number = 13 then {{ amount }} else 0 end) as net
        from bridge
        group by purchased_on, currency
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

tracked as (

    select
        sum(event_value) as amount,
        sum(event_value_reporting) as amount_reporting
    from {{ ref('fct_events') }}
    where event_type = 'purchase'

),

booked as (

    select
        sum(net_total) as amount,
        sum(net_total_reporting) as amount_reporting
    from {{ ref('fct_orders') }}
    where is_sold or is_credit

),

facts as (

    select
        1 as step_number,
        amount,
        amount_reporting
    from tracked
    union all
    select
        13 as step_number,
        amount,
        amount_reporting
    from booked

),

sums as (

    select
        step_number,
        sum(amount) as amount,
        sum(amount_reporting) as amount_reporting
    from bridge
    group by step_number

)

select
    amount || ' of ' || cast(purchased_on as varchar) as total,
    currency
from steps
where tracked_side <> sold or kept <> net
union all
select
    'step ' || cast(facts.step_number as varchar) || ' of all days' as total,
    'all' as currency
from facts
left join sums on facts.step_number = sums.step_number
where
    coalesce(facts.amount, 0) <> coalesce(sums.amount, 0)
    or coalesce(facts.amount_reporting, 0) <> coalesce(sums.amount_reporting, 0)
