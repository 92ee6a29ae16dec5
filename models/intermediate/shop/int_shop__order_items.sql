-- Grain: one row per order line (order_id, line_number) of an accepted order; the order's discount
-- shared out.
with items as (

    select * from {{ ref('stg_shop__order_items') }}
    where row_status = 'accepted' and not is_deleted

),

orders as (

    select * from {{ ref('int_shop__orders') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

joined as (

    select
        items.order_id,
        items.line_number,
        orders.customer_id,
        items.product_id,
        orders.currency,
        items.quantity,
        items.unit_price,
        items.quantity * items.unit_price as gross_total,
        orders.discount_total as order_discount_total,
        -- A discount finer than the smallest coin is shared out as finely as it is written.
        case
            when
                mod(
                    cast(orders.discount_total as decimal(28, 4))
                    * cast(power(10, currencies.minor_units) as integer),
                    1
                ) = 0
                then currencies.minor_units
            else 4
        end as discount_places,
        orders.ordered_at,
        -- A line that came with the history is known with its order.
        greatest(
            coalesce(items.changed_available_at, orders.sale_available_at),
            orders.sale_available_at
        ) as available_at
    from items
    inner join orders on items.order_id = orders.order_id
    inner join currencies on orders.currency = currencies.currency

),

final as (

    select
        -- ids
        order_id,
        line_number,
        customer_id,
        product_id,

        -- attributes
        'shop' as source,
        'sale' as line_type,
        true as is_product,
        currency,

        -- measures
        quantity,
        unit_price,
        {{ allocated(
            'order_discount_total', 'gross_total', 'order_id', 'line_number', places='discount_places'
        ) }} as discount_total,

        -- times
        ordered_at,
        available_at
    from joined

)

select * from final
