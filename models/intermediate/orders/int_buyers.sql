-- Grain: one row per buyer (buyer_id), with the fingerprint of all that its orders are made of.
{{ config(materialized='table') }}

with orders as (

    select * from {{ ref('int_orders') }}

),

items as (

    select * from {{ ref('int_order_items') }}

),

refunds as (

    select * from {{ ref('int_refunds') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- The days at whose rates something of the buyer's is converted.
converted as (

    select
        buyer_id,
        currency,
        {{ local_day('cancelled_at') }} as converted_on
    from orders
    where cancelled_at is not null
    union
    select
        buyer_id,
        currency,
        {{ local_day('ordered_at') }} as converted_on
    from orders
    where tax_total <> 0 or shipping_total <> 0
    union
    select
        buyer_id,
        currency,
        {{ local_day('ordered_at') }} as converted_on
    from items
    union
    select
        buyer_id,
        currency,
        {{ local_day('refunded_at') }} as converted_on
    from refunds

),

parts as (

    select
        buyer_id,
        'order' as kind,
        {{ fingerprint(['orders.*']) }} as part
    from orders
    union all
    select
        buyer_id,
        'line' as kind,
        {{ fingerprint(['items.*']) }} as part
    from items
    union all
    select
        buyer_id,
        'refund' as kind,
        {{ fingerprint(['refunds.*']) }} as part
    from refunds
    union all
    select
        converted.buyer_id,
        'rate' as kind,
        {{ fingerprint([
            'converted.currency', 'converted.converted_on', 'rates.rate', 'reporting_rates.rate',
        ]) }} as part
    from converted
    {{ join_rates('converted', 'converted_on') }}

),

final as (

    select
        -- ids
        buyer_id,

        -- attributes
        bool_or(kind = 'order') as has_orders,
        bool_or(kind = 'line') as has_lines,
        bool_or(kind = 'refund') as has_refunds,
        {{ fingerprint(['count(*)', 'sum(cast(part as ' ~ sql_type('hugeint') ~ '))']) }}
            as input_fingerprint
    from parts
    group by buyer_id

)

select * from final
