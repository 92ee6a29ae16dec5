-- Grain: one row per refunded line (refund_id), on its own date and at that day's rate.
{{ keyed_by('buyer_id', inputs=[{'model': 'int_buyers', 'where': 'has_refunds'}]) }}

with refunds as (

    select
        refunds.*,
        changed.input_fingerprint
    from {{ ref('int_refunds') }} as refunds
    inner join {{ changed_keys() }} as changed on refunds.buyer_id = changed.buyer_id

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
        dated.buyer_id,
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
        dated.available_at,
        dated.input_fingerprint
    from dated
    {{ join_rates('dated', 'refunded_on') }}

)

select * from final
