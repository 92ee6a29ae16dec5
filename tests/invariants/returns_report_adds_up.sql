-- Each row has the sold orders of its month and kind of buyer, what came back of them, and what is
-- left of their net sales; what has no rate is left out as a whole. All rows are the shop's.
with report as (

    select * from {{ ref('rpt_returns') }}

),

shop as (

    select min(currency) as currency from report

),

documents as (

    select
        orders.order_id,
        orders.is_sold,
        orders.is_credit,
        cast(date_trunc('month', orders.ordered_on) as date) as month_on,
        case
            when orders.customer_id is null then 'unknown'
            when orders.customer_order_number = 1 then 'new'
            else 'returning'
        end as buyer_type,
        case
            when orders.currency = shop.currency
                then orders.sales_total - orders.cancelled_total
            else orders.sales_total_reporting - orders.cancelled_total_reporting
        end as amount
    from {{ ref('fct_orders') }} as orders
    cross join shop

),

refunds as (

    select
        refunds.*,
        case
            when refunds.currency = shop.currency then refunds.amount
            else refunds.amount_reporting
        end as taken_back
    from {{ ref('fct_refunds') }} as refunds
    cross join shop

),

moves as (

    select
        order_id,
        month_on,
        buyer_type,
        1 as order_count,
        0 as returned_unit_count,
        amount
    from documents
    where is_sold
    union all
    select
        originals.order_id,
        originals.month_on,
        originals.buyer_type,
        0 as order_count,
        refunds.quantity as returned_unit_count,
        -refunds.taken_back as amount
    from refunds
    inner join documents as originals on refunds.original_order_id = originals.order_id
    where originals.is_sold
    union all
    select
        refunds.refund_id as order_id,
        cast(date_trunc('month', refunds.refunded_on) as date) as month_on,
        'unmatched' as buyer_type,
        0 as order_count,
        refunds.quantity as returned_unit_count,
        -refunds.taken_back as amount
    from refunds
    inner join documents on refunds.order_id = documents.order_id
    where refunds.original_order_id is null and documents.is_credit

),

wholes as (

    select
        order_id,
        month_on,
        buyer_type,
        sum(order_count) as order_count,
        sum(returned_unit_count) as returned_unit_count,
        case when count(*) = count(amount) then sum(amount) end as net_total
    from moves
    group by order_id, month_on, buyer_type

),

expected as (

    select
        month_on,
        buyer_type,
        sum(order_count) as order_count,
        sum(returned_unit_count) as returned_unit_count,
        coalesce(sum(net_total), 0) as net_total,
        count(case when net_total is null then 1 end) as unrated_count
    from wholes
    group by month_on, buyer_type

)

select
    coalesce(report.month_on, expected.month_on) as month_on,
    coalesce(report.buyer_type, expected.buyer_type) as buyer_type,
    report.order_count,
    expected.order_count as orders_found,
    report.returned_unit_count,
    expected.returned_unit_count as returned_units_found,
    report.net_total,
    expected.net_total as net_total_found,
    report.unrated_count,
    expected.unrated_count as unrated_found
from report
full outer join expected
    on report.month_on = expected.month_on and report.buyer_type = expected.buyer_type
where
    report.order_count is distinct from expected.order_count
    or report.returned_unit_count is distinct from expected.returned_unit_count
    or report.net_total is distinct from expected.net_total
    or report.unrated_count is distinct from expected.unrated_count
