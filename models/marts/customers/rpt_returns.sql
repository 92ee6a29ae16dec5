-- Grain: one row per month of sale and kind of buyer (month_on, buyer_type).
with orders as (

    select * from {{ ref('fct_orders') }}

),

refunds as (

    select * from {{ ref('fct_refunds') }}

),

sold as (

    select
        order_id,
        customer_id,
        currency,
        cast(date_trunc('month', ordered_on) as date) as month_on,
        case
            when customer_id is null then 'unknown'
            when customer_order_number = 1 then 'new'
            else 'returning'
        end as buyer_type,
        unit_count,
        cancelled_at is not null as is_cancelled,
        sales_total,
        cancelled_total,
        sales_total_reporting,
        cancelled_total_reporting
    from orders
    where is_sold

),

-- What came back, by the sale that it was of.
returned as (

    select
        original_order_id as order_id,
        sum(quantity) as returned_unit_count,
        -- A sum has all 38 digits, and two such of different scale meet at the coarser one.
        cast(sum(amount) as decimal(18, 4)) as refund_total,
        cast(case
            when count(*) = count(amount_reporting) then sum(amount_reporting)
        end as decimal(28, 8)) as refund_total_reporting
    from refunds
    where original_order_id is not null
    group by original_order_id

),

matched as (

    select
        sold.month_on,
        sold.buyer_type,
        sold.order_id,
        sold.customer_id,
        sold.currency,
        sold.unit_count,
        sold.is_cancelled,
        returned.order_id is not null as is_returned,
        coalesce(returned.returned_unit_count, 0) as returned_unit_count,
        sold.sales_total,
        sold.cancelled_total,
        coalesce(returned.refund_total, 0) as refund_total,
        sold.sales_total_reporting,
        sold.cancelled_total_reporting,
        case
            when returned.order_id is null then 0
            else returned.refund_total_reporting
        end as refund_total_reporting
    from sold
    left join returned on sold.order_id = returned.order_id

),

-- Credit documents whose sale is not known stand in the month in which they were written.
unmatched as (

    select
        cast(date_trunc('month', refunds.refunded_on) as date) as month_on,
        'unmatched' as buyer_type,
        cast(null as {{ sql_type('varchar') }}) as order_id,
        cast(null as {{ sql_type('varchar') }}) as customer_id,
        refunds.currency,
        0 as unit_count,
        false as is_cancelled,
        false as is_returned,
        refunds.quantity as returned_unit_count,
        0 as sales_total,
        0 as cancelled_total,
        refunds.amount as refund_total,
        0 as sales_total_reporting,
        0 as cancelled_total_reporting,
        refunds.amount_reporting as refund_total_reporting
    from refunds
    inner join orders on refunds.order_id = orders.order_id
    where refunds.original_order_id is null and orders.is_credit

),

movements as (

    select * from matched
    union all
    select * from unmatched

),

-- Amounts of one currency need no rate; those of several have only the reporting one in common.
shop as (

    select
        case
            when min(currency) = max(currency) then min(currency)
            else '{{ var("reporting_currency") }}'
        end as currency
    from movements

),

valued as (

    select
        movements.*,
        shop.currency as value_currency,
        case
            when movements.currency = shop.currency then movements.sales_total
            else movements.sales_total_reporting
        end as sales,
        case
            when movements.currency = shop.currency then movements.cancelled_total
            else movements.cancelled_total_reporting
        end as cancelled,
        case
            when movements.currency = shop.currency then movements.refund_total
            else movements.refund_total_reporting
        end as refunded
    from movements
    cross join shop

),

-- Without a rate an order is left out of all amounts, so that they still add up.
rated as (

    select
        *,
        sales + cancelled + refunded is null as is_unrated
    from valued

),

totals as (

    select
        month_on,
        buyer_type,
        min(value_currency) as currency,
        count(order_id) as order_count,
        count(distinct customer_id) as customer_count,
        count(case when is_returned then 1 end) as returned_order_count,
        count(case when is_cancelled then 1 end) as cancelled_order_count,
        sum(unit_count) as unit_count,
        sum(returned_unit_count) as returned_unit_count,
        count(case when is_unrated then 1 end) as unrated_count,
        sum(case when is_unrated then 0 else sales end) as sales_total,
        sum(case when is_unrated then 0 else cancelled end) as cancelled_total,
        sum(case when is_unrated then 0 else refunded end) as refund_total
    from rated
    group by month_on, buyer_type

),

final as (

    select
        -- ids
        month_on,
        buyer_type,

        -- attributes
        currency,

        -- measures
        cast(order_count as integer) as order_count,
        cast(customer_count as integer) as customer_count,
        cast(returned_order_count as integer) as returned_order_count,
        cast(cancelled_order_count as integer) as cancelled_order_count,
        cast(unit_count as bigint) as unit_count,
        cast(returned_unit_count as bigint) as returned_unit_count,
        cast(unrated_count as integer) as unrated_count,
        cast(sales_total as decimal(28, 8)) as sales_total,
        cast(cancelled_total as decimal(28, 8)) as cancelled_total,
        cast(refund_total as decimal(28, 8)) as refund_total,
        cast(sales_total - cancelled_total - refund_total as decimal(28, 8)) as net_total,
        cast(returned_order_count as double) / nullif(order_count, 0) as returned_order_rate,
        cast(returned_unit_count as double) / nullif(unit_count, 0) as returned_unit_rate,
        cast(refund_total as double) / nullif(cast(sales_total as double), 0) as refund_rate
    from totals

)

select * from final
