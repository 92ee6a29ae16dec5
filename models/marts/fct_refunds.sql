-- Grain: one row per refunded line (refund_id), on its own date and at that day's rate.
with refunds as (

    select * from {{ ref('int_refunds') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

dated as (

    select
        *,
        {{ local_day('refunded_at') }} as refunded_on
    from refunds

),

final as (

    select
        -- ids
        dated.refund_id,
        dated.order_id,
        dated.line_number,
        dated.original_order_id,
        dated.original_line_number,
        dated.customer_id,
        dated.product_id,

        -- attributes
        dated.source,
        dated.reason,
        dated.currency,

        -- measures
        dated.quantity,
        dated.amount,
        {{ in_reporting_currency(
            'dated.amount', 'dated.currency', 'rates.rate', 'reporting_rates.rate'
        ) }}
            as amount_reporting,

        -- times
        dated.refunded_on,
        dated.refunded_at,
        dated.available_at
    from dated
    {{ join_rates('dated', 'refunded_on') }}

)

select * from final
