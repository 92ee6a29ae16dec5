-- Grain: one row per line of a credit document (refund_id); with the sale it takes back, where one
-- fits.
with returned as (

    select * from {{ ref('int_online_retail__order_items') }}
    where line_type = 'return'

),

matched as (

    select * from {{ ref('int_online_retail__returns_matched') }}

),

final as (

    select
        -- ids
        returned.order_id || '-' || cast(returned.line_number as {{ sql_type('varchar') }})
            as refund_id,
        returned.order_id,
        returned.line_number,
        matched.original_order_id,
        matched.original_line_number,
        returned.customer_id,
        returned.product_id,

        -- attributes
        returned.source,
        returned.currency,
        cast(null as {{ sql_type('varchar') }}) as reason,

        -- measures
        -returned.quantity as quantity,
        cast(-returned.quantity * returned.unit_price as decimal(18, 4)) as amount,

        -- times
        returned.ordered_at as refunded_at,
        returned.available_at
    from returned
    left join matched
        on
            returned.order_id = matched.order_id
            and returned.line_number = matched.line_number

)

select * from final
