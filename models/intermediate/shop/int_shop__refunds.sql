-- Grain: one row per refunded line (refund_id) of an accepted order.
with refunds as (

    select * from {{ ref('stg_shop__refunds') }}
    where row_status = 'accepted' and not is_deleted

),

orders as (

    select * from {{ ref('int_shop__orders') }}

),

items as (

    select * from {{ ref('stg_shop__order_items') }}
    where row_status = 'accepted' and not is_deleted

),

final as (

    select
        -- ids
        refunds.refund_id,
        refunds.order_id,
        refunds.line_number,
        refunds.order_id as original_order_id,
        refunds.line_number as original_line_number,
        orders.customer_id,
        items.product_id,

        -- attributes
        'shop' as source,
        orders.currency,
        refunds.reason,

        -- measures
        refunds.quantity,
        refunds.amount,

        -- times
        refunds.refunded_at,
        greatest(refunds.available_at, orders.sale_available_at) as available_at
    from refunds
    inner join orders on refunds.order_id = orders.order_id
    left join items
        on
            refunds.order_id = items.order_id
            and refunds.line_number = items.line_number

)

select * from final
