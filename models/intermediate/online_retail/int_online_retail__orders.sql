-- Grain: one row per invoice or credit document (order_id).
with lines as (

    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where row_status = 'accepted'

),

final as (

    select
        -- ids
        order_id,
        max(customer_id) as customer_id,

        -- attributes
        'online_retail' as source,
        case when order_id like 'C%' then 'credited' else 'completed' end as status,
        cast(null as {{ sql_type('varchar') }}) as payment_status,
        false as is_test,
        order_id like 'C%' as is_credit,
        'GBP' as currency,
        cast(null as {{ sql_type('varchar') }}) as coupon_code,

        -- measures
        cast(0 as decimal(18, 4)) as tax_total,
        cast(0 as decimal(18, 4)) as shipping_total,

        -- times
        -- 43 invoices bear two times, a minute apart at most: the document is of the first.
        min(ordered_at) as ordered_at,
        cast(null as timestamp) as cancelled_at,
        max(available_at) as available_at,
        max(available_at) as sale_available_at,
        cast(null as timestamp) as cancelled_available_at
    from lines
    group by order_id

)

select * from final
