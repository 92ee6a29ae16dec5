-- Grain: one row per order line (order_id, line_number), sales, returns, adjustments and fees
-- alike.
{{ keyed_by('buyer_id', inputs=[{'model': 'int_buyers', 'where': 'has_lines'}]) }}

with items as (

    select
        items.*,
        changed.input_fingerprint
    from {{ ref('int_order_items') }} as items
    inner join {{ changed_keys() }} as changed on items.buyer_id = changed.buyer_id

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

dated as (

    select
        *,
        {{ local_day('ordered_at') }} as ordered_on
    from items

),

priced as (

    select
        dated.*,
        {{ in_reporting_currency(
            'dated.line_total', 'dated.currency', 'rates.rate', 'reporting_rates.rate'
        ) }}
            as line_total_reporting
    from dated
    {{ join_rates('dated', 'ordered_on') }}

),

final as (

    select
        -- ids
        order_id,
        line_number,
        customer_id,
        buyer_id,
        product_id,

        -- attributes
        source,
        line_type,
        is_product,
        currency,

        -- measures
        quantity,
        unit_price,
        gross_total,
        discount_total,
        line_total,
        line_total_reporting,

        -- times
        ordered_on,
        ordered_at,
        available_at,
        input_fingerprint
    from priced

)

select * from final
