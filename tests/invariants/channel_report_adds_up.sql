-- By every model, the report has all net sales of sold orders and credit documents, and all spend.
with attribution_models (attribution_model) as (

    values ('first'), ('last'), ('linear'), ('position'), ('time_decay')

),

orders as (

    select
        sum(net_total_reporting) as net_total,
        count(case when is_sold then 1 end) as order_count
    from {{ ref('fct_orders') }}
    where is_sold or is_credit

),

sessions as (

    select count(*) as session_count from {{ ref('fct_sessions') }}
    where {{ is_shopper() }}

),

spend as (

    select
        sum(click_count) as click_count,
        sum(impression_count) as impression_count
    from {{ ref('int_ad_spend') }}

),

reported as (

    select
        attribution_model,
        sum(net_total_reporting) as net_total,
        sum(order_count) as order_count,
        sum(session_count) as session_count,
        sum(click_count) as click_count,
        sum(impression_count) as impression_count
    from {{ ref('rpt_channels') }}
    group by attribution_model

)

select
    attribution_models.attribution_model,
    orders.net_total,
    reported.net_total as reported_net_total,
    orders.order_count,
    reported.order_count as reported_order_count,
    sessions.session_count,
    reported.session_count as reported_session_count
from attribution_models
cross join orders
cross join sessions
cross join spend
left join reported on attribution_models.attribution_model = reported.attribution_model
where
    coalesce(orders.net_total, 0) <> coalesce(reported.net_total, 0)
    or coalesce(orders.order_count, 0) <> coalesce(reported.order_count, 0)
    or coalesce(sessions.session_count, 0) <> coalesce(reported.session_count, 0)
    or coalesce(spend.click_count, 0) <> coalesce(reported.click_count, 0)
    or coalesce(spend.impression_count, 0) <> coalesce(reported.impression_count, 0)
