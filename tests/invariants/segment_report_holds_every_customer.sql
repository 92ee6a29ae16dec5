-- On every date each scored customer stands in one segment, with all orders and net sales.
with customers as (

    select
        as_of,
        segment,
        count(*) as customer_count,
        sum(frequency) as order_count,
        case when count(*) = count(monetary) then sum(monetary) end as net_total
    from {{ ref('fct_customer_rfm') }}
    group by as_of, segment

),

report as (

    select * from {{ ref('rpt_segments') }}

)

select
    coalesce(report.as_of, customers.as_of) as as_of,
    coalesce(report.segment, customers.segment) as segment,
    report.customer_count,
    customers.customer_count as customers_found,
    report.order_count,
    customers.order_count as orders_found,
    report.net_total,
    customers.net_total as net_total_found
from report
full outer join customers
    on report.as_of = customers.as_of and report.segment = customers.segment
where
    report.customer_count is distinct from coalesce(customers.customer_count, 0)
    or report.order_count is distinct from coalesce(customers.order_count, 0)
    or report.net_total is distinct from
    case when customers.segment is null then 0 else customers.net_total end
