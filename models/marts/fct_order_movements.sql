-- Grain: one row per movement of money (movement_id), signed, with a time and an availability of
-- its own.
{{ keyed_by('buyer_id', inputs=['fct_orders', 'fct_order_items', 'fct_refunds']) }}

{% set text = sql_type('varchar') %}

with changed as (

    select * from {{ changed_keys() }}

),

orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    inner join changed on orders.buyer_id = changed.buyer_id

),

items as (

    select items.*
    from {{ ref('fct_order_items') }} as items
    inner join changed on items.buyer_id = changed.buyer_id

),

refunds as (

    select refunds.*
    from {{ ref('fct_refunds') }} as refunds
    inner join changed on refunds.buyer_id = changed.buyer_id

),

cancellations as (

    select cancellations.*
    from {{ ref('int_orders__cancellations') }} as cancellations
    inner join changed on cancellations.buyer_id = changed.buyer_id

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- That an order is sold is known when it is paid and its first priced line is there.
priced_lines as (

    select
        order_id,
        min(available_at) as available_at
    from items
    where line_type = 'sale' and quantity > 0 and unit_price > 0
    group by order_id

),

headers as (

    select
        orders.*,
        greatest(
            orders.sale_available_at,
            coalesce(priced_lines.available_at, orders.sale_available_at)
        ) as sold_known_at,
        {{ in_reporting_currency(
            'orders.tax_total', 'orders.currency', 'rates.rate', 'reporting_rates.rate'
        ) }}
            as tax_total_reporting,
        {{ in_reporting_currency(
            'orders.shipping_total', 'orders.currency', 'rates.rate', 'reporting_rates.rate'
        ) }}
            as shipping_total_reporting
    from orders
    left join priced_lines on orders.order_id = priced_lines.order_id
    {{ join_rates('orders', 'ordered_on') }}

),

lines as (

    select
        items.*,
        {{ in_reporting_currency(
            'items.gross_total', 'items.currency', 'rates.rate', 'reporting_rates.rate'
        ) }}
            as gross_total_reporting
    from items
    {{ join_rates('items', 'ordered_on') }}

),

moved as (

    select
        order_id,
        line_number,
        cast(null as {{ text }}) as refund_id,
        order_id as original_order_id,
        line_number as original_line_number,
        buyer_id,
        customer_id,
        product_id,
        source,
        line_type as movement_kind,
        is_product,
        currency,
        quantity,
        unit_price,
        case when line_type = 'sale' then gross_total else line_total end as amount,
        case when line_type = 'sale' then gross_total_reporting else line_total_reporting end
            as amount_reporting,
        ordered_on as rated_on,
        ordered_at as event_at,
        available_at
    from lines
    where line_type <> 'return'
    union all
    select
        order_id,
        line_number,
        cast(null as {{ text }}) as refund_id,
        order_id as original_order_id,
        line_number as original_line_number,
        buyer_id,
        customer_id,
        product_id,
        source,
        'discount' as movement_kind,
        is_product,
        currency,
        cast(null as bigint) as quantity,
        cast(null as decimal(18, 4)) as unit_price,
        -discount_total as amount,
        -- With the sale it makes the line's total, to the last place.
        line_total_reporting - gross_total_reporting as amount_reporting,
        ordered_on as rated_on,
        ordered_at as event_at,
        available_at
    from lines
    where line_type = 'sale' and discount_total <> 0
    {% for kind in ['tax', 'shipping'] %}
        union all
        select
            order_id,
            cast(null as bigint) as line_number,
            cast(null as {{ text }}) as refund_id,
            order_id as original_order_id,
            cast(null as bigint) as original_line_number,
            buyer_id,
            customer_id,
            cast(null as {{ text }}) as product_id,
            source,
            '{{ kind }}' as movement_kind,
            false as is_product,
            currency,
            cast(null as bigint) as quantity,
            cast(null as decimal(18, 4)) as unit_price,
            {{ kind }}_total as amount,
            {{ kind }}_total_reporting as amount_reporting,
            ordered_on as rated_on,
            ordered_at as event_at,
            sale_available_at as available_at
        from headers
        where {{ kind }}_total <> 0
    {% endfor %}
    union all
    select
        refunds.order_id,
        refunds.line_number,
        refunds.refund_id,
        refunds.original_order_id,
        refunds.original_line_number,
        refunds.buyer_id,
        refunds.customer_id,
        refunds.product_id,
        refunds.source,
        'return' as movement_kind,
        coalesce(items.is_product, false) as is_product,
        refunds.currency,
        -refunds.quantity as quantity,
        cast(null as decimal(18, 4)) as unit_price,
        -refunds.amount as amount,
        -refunds.amount_reporting as amount_reporting,
        refunds.refunded_on as rated_on,
        refunds.refunded_at as event_at,
        refunds.available_at
    from refunds
    left join items
        on refunds.order_id = items.order_id and refunds.line_number = items.line_number
    union all
    select
        cancellations.order_id,
        cast(null as bigint) as line_number,
        cancellations.refund_id,
        cancellations.order_id as original_order_id,
        cast(null as bigint) as original_line_number,
        cancellations.buyer_id,
        headers.customer_id,
        cast(null as {{ text }}) as product_id,
        headers.source,
        'cancel' as movement_kind,
        false as is_product,
        cancellations.currency,
        cast(null as bigint) as quantity,
        cast(null as decimal(18, 4)) as unit_price,
        -cancellations.amount as amount,
        -cancellations.amount_reporting as amount_reporting,
        cancellations.cancelled_on as rated_on,
        cancellations.event_at,
        cancellations.available_at
    from cancellations
    inner join headers on cancellations.order_id = headers.order_id

),

final as (

    select
        -- ids
        {{ row_id([
            'moved.movement_kind', 'moved.order_id', 'moved.line_number', 'moved.refund_id',
        ]) }} as movement_id,
        moved.order_id,
        moved.line_number,
        moved.refund_id,
        moved.original_order_id,
        moved.original_line_number,
        moved.buyer_id,
        moved.customer_id,
        moved.product_id,

        -- attributes
        moved.source,
        moved.movement_kind,
        moved.is_product,
        coalesce(headers.is_sold, false) as is_sold,
        coalesce(headers.is_credit, false) as is_credit,
        moved.currency,

        -- measures
        moved.quantity,
        moved.unit_price,
        cast(moved.amount as decimal(18, 4)) as amount,
        cast(moved.amount_reporting as decimal(28, 8)) as amount_reporting,

        -- times
        {{ local_day('moved.event_at') }} as moved_on,
        moved.rated_on,
        moved.event_at,
        -- A movement counts for what its order is.
        greatest(moved.available_at, coalesce(headers.sold_known_at, moved.available_at))
            as available_at,
        changed.input_fingerprint
    from moved
    inner join changed on moved.buyer_id = changed.buyer_id
    left join headers on moved.order_id = headers.order_id

)

select * from final
