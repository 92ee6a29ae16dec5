-- Grain: one row per buyer, day and currency (buyer_id, moved_on, currency) on which something was
-- ordered, cancelled or refunded.
{{ keyed_by('buyer_id', inputs=['fct_orders', 'fct_refunds']) }}

with changed as (

    select * from {{ changed_keys() }}

),

orders as (

    select
        orders.*,
        changed.input_fingerprint as buyer_fingerprint
    from {{ ref('fct_orders') }} as orders
    inner join changed on orders.buyer_id = changed.buyer_id

),

refunds as (

    select
        refunds.*,
        changed.input_fingerprint as buyer_fingerprint
    from {{ ref('fct_refunds') }} as refunds
    inner join changed on refunds.buyer_id = changed.buyer_id

),

cancellations as (

    select * from {{ ref('int_orders__cancellations') }}

),

-- An order that was not sold, and a refund of one, count nothing; their day is kept, so that every
-- buyer has a row.
movements as (

    select
        buyer_id,
        buyer_fingerprint,
        customer_id,
        currency,
        ordered_on as moved_on,
        case when is_sold then ordered_at end as ordered_at,
        case when is_sold then 1 else 0 end as order_count,
        case when is_sold then unit_count else 0 end as unit_count,
        0 as returned_unit_count,
        case when is_sold then sales_total else 0 end as sales_total,
        0 as returned_total,
        case when is_sold then sales_total_reporting else 0 end as sales_total_reporting,
        0 as returned_total_reporting
    from orders
    union all
    select
        orders.buyer_id,
        orders.buyer_fingerprint,
        orders.customer_id,
        orders.currency,
        {{ local_day('cancellations.event_at') }} as moved_on,
        cast(null as timestamp) as ordered_at,
        0 as order_count,
        0 as unit_count,
        0 as returned_unit_count,
        0 as sales_total,
        cancellations.amount as returned_total,
        0 as sales_total_reporting,
        cancellations.amount_reporting as returned_total_reporting
    from orders
    inner join cancellations on orders.order_id = cancellations.order_id
    where orders.is_sold and cancellations.amount <> 0
    union all
    select
        refunds.buyer_id,
        refunds.buyer_fingerprint,
        orders.customer_id,
        refunds.currency,
        refunds.refunded_on as moved_on,
        cast(null as timestamp) as ordered_at,
        0 as order_count,
        0 as unit_count,
        case when orders.is_sold or orders.is_credit then refunds.quantity else 0 end
            as returned_unit_count,
        0 as sales_total,
        case when orders.is_sold or orders.is_credit then refunds.amount else 0 end
            as returned_total,
        0 as sales_total_reporting,
        case when orders.is_sold or orders.is_credit then refunds.amount_reporting else 0 end
            as returned_total_reporting
    from refunds
    left join orders on refunds.order_id = orders.order_id

),

final as (

    select
        -- ids
        buyer_id,
        max(customer_id) as customer_id,

        -- attributes
        currency,

        -- measures
        cast(sum(order_count) as integer) as order_count,
        cast(sum(unit_count) as bigint) as unit_count,
        cast(sum(returned_unit_count) as bigint) as returned_unit_count,
        cast(sum(sales_total) as decimal(18, 4)) as sales_total,
        cast(sum(returned_total) as decimal(18, 4)) as returned_total,
        cast(case
            when count(*) = count(sales_total_reporting) then sum(sales_total_reporting)
        end as decimal(28, 8)) as sales_total_reporting,
        cast(case
            when count(*) = count(returned_total_reporting) then sum(returned_total_reporting)
        end as decimal(28, 8)) as returned_total_reporting,

        -- times
        moved_on,
        max(ordered_at) as last_ordered_at,
        min(buyer_fingerprint) as input_fingerprint
    from movements
    group by buyer_id, currency, moved_on

)

select * from final
