-- Grain: one row per window and pair of products (window_name, product_id, other_product_id), the
-- smaller id first; beside itself a product has all its orders.
{{ keyed_by(
    'window_name',
    inputs=[{'model': 'int_product_pair_windows', 'where': 'basket_count > 0'}]
) }}

with changed as (

    select * from {{ changed_keys() }}

),

windows as (

    select
        windows.window_name,
        windows.begins_on,
        changed.input_fingerprint
    from {{ ref('int_product_pair_windows') }} as windows
    inner join changed on windows.window_name = changed.window_name

),

orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold

),

items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale' and is_product and quantity > 0 and product_id is not null

),

begins as (

    select min(begins_on) as begins_on
    from windows

),

-- A product once an order, however many lines it has there.
sold as (

    select
        items.order_id,
        items.product_id,
        orders.ordered_on
    from items
    inner join orders on items.order_id = orders.order_id
    inner join begins on orders.ordered_on >= begins.begins_on
    group by items.order_id, items.product_id, orders.ordered_on

),

sizes as (

    select order_id
    from sold
    group by order_id
    having count(*) <= {{ whole_var('basket_max_products') }}

),

-- Small numbers instead of ids: a basket of n products gives n * n pairs.
numbers as (

    select
        product_id,
        cast(row_number() over (order by product_id asc) as integer) as product_number
    from sold
    group by product_id

),

baskets as (

    select
        sold.order_id,
        sold.ordered_on,
        numbers.product_number
    from sold
    inner join sizes on sold.order_id = sizes.order_id
    inner join numbers on sold.product_id = numbers.product_id

),

paired as (

    select
        windows.window_name,
        baskets.product_number,
        others.product_number as other_product_number,
        count(*) as order_count,
        min(windows.input_fingerprint) as input_fingerprint
    from baskets
    inner join baskets as others
        on
            baskets.order_id = others.order_id
            and baskets.product_number <= others.product_number
    inner join windows on baskets.ordered_on >= windows.begins_on
    group by windows.window_name, baskets.product_number, others.product_number

),

final as (

    select
        -- ids
        paired.window_name,
        numbers.product_id,
        others.product_id as other_product_id,

        -- measures
        cast(paired.order_count as integer) as order_count,

        -- times
        paired.input_fingerprint
    from paired
    inner join numbers on paired.product_number = numbers.product_number
    inner join numbers as others on paired.other_product_number = others.product_number
    where
        paired.order_count >= {{ whole_var('product_pair_min_orders') }}
        or paired.product_number = paired.other_product_number

)

select * from final
