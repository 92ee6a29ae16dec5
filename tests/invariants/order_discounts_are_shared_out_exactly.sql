-- The lines' shares of an order's discount sum to the discount on its header, for orders that have
-- lines.
with headers as (

    select
        order_id,
        discount_total
    from {{ ref('int_shop__orders') }}

),

lines as (

    select
        order_id,
        sum(discount_total) as discount_total
    from {{ ref('int_shop__order_items') }}
    group by order_id

)

select
    headers.order_id,
    headers.discount_total as header_total,
    lines.discount_total as line_total
from headers
inner join lines on headers.order_id = lines.order_id
where headers.discount_total <> lines.discount_total
