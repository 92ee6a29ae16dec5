-- Grain: one row per credited line that found the sale it takes back (order_id, line_number).
-- Each credited line, oldest first, takes the latest earlier sale of the same customer, product and
-- price
-- that still has enough units open. One step of the recursion serves the n-th credited line of
-- every group.
{{ keyed_by('customer_id', inputs=['int_online_retail__returners']) }}

with recursive lines as (

    select
        lines.order_id,
        lines.line_number,
        lines.customer_id,
        lines.product_id,
        lines.line_type,
        lines.quantity,
        lines.unit_price,
        lines.ordered_at,
        changed.input_fingerprint
    from {{ ref('int_online_retail__order_items') }} as lines
    inner join {{ changed_keys() }} as changed on lines.customer_id = changed.customer_id

),

returned as (

    select
        *,
        row_number() over (
            partition by customer_id, product_id, unit_price
            order by ordered_at asc nulls last, order_id asc, line_number asc
        ) as return_number
    from lines
    where line_type = 'return' and quantity < 0

),

sold as (

    select
        lines.*,
        row_number() over (
            partition by lines.customer_id, lines.product_id, lines.unit_price
            order by lines.ordered_at asc nulls last, lines.order_id asc, lines.line_number asc
        ) as sale_number
    from lines
    where
        lines.line_type = 'sale'
        and exists (
            select 1
            from returned
            where
                returned.customer_id = lines.customer_id
                and returned.product_id = lines.product_id
                and returned.unit_price = lines.unit_price
        )

),

steps as (

    select
        order_id,
        line_number,
        customer_id,
        product_id,
        unit_price,
        ordered_at,
        sale_number,
        quantity as open_quantity,
        cast(0 as bigint) as step,
        false as is_taken
    from sold

    union all

    select
        order_id,
        line_number,
        customer_id,
        product_id,
        unit_price,
        ordered_at,
        sale_number,
        case when is_chosen then open_quantity - returned_quantity else open_quantity end
            as open_quantity,
        step + 1 as step,
        is_chosen as is_taken
    from (
        select
            steps.*,
            -returned.quantity as returned_quantity,
            steps.ordered_at < returned.ordered_at
            and steps.open_quantity >= -returned.quantity
            and row_number() over (
                partition by steps.customer_id, steps.product_id, steps.unit_price
                order by
                    (
                        steps.ordered_at < returned.ordered_at
                        and steps.open_quantity >= -returned.quantity
                    ) desc,
                    steps.sale_number desc
            ) = 1 as is_chosen
        from steps
        inner join returned
            on
                steps.customer_id = returned.customer_id
                and steps.product_id = returned.product_id
                and steps.unit_price = returned.unit_price
                and returned.return_number = steps.step + 1
    ) as offered

),

final as (

    select
        -- ids
        returned.order_id,
        returned.line_number,
        returned.customer_id,
        steps.order_id as original_order_id,
        steps.line_number as original_line_number,
        returned.input_fingerprint
    from steps
    inner join returned
        on
            steps.customer_id = returned.customer_id
            and steps.product_id = returned.product_id
            and steps.unit_price = returned.unit_price
            and steps.step = returned.return_number
    where steps.is_taken

)

select * from final
