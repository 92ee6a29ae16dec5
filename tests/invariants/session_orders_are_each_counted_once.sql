-- The sessions' orders are the sold orders that a session's purchase names, each once, and so is
-- their money.
with sessions as (

    select
        sum(order_count) as order_count,
        sum(net_total_reporting) as net_total,
        count(case when net_total_reporting is null then 1 end) as unrated_count
    from {{ ref('fct_sessions') }}

),

named as (

    select distinct order_id from {{ ref('fct_events') }}
    where event_type = 'purchase' and session_id is not null

),

orders as (

    select
        count(*) as order_count,
        sum(orders.net_total_reporting) as net_total
    from {{ ref('fct_orders') }} as orders
    inner join named on orders.order_id = named.order_id
    where orders.is_sold

)

select
    sessions.order_count as session_orders,
    orders.order_count as named_orders,
    sessions.net_total as session_net_total,
    orders.net_total as named_net_total
from sessions
cross join orders
where
    coalesce(sessions.order_count, 0) <> orders.order_count
    -- A session of which one order has no rate keeps back what its others brought.
    or (
        sessions.unrated_count = 0
        and coalesce(sessions.net_total, 0) <> coalesce(orders.net_total, 0)
    )
