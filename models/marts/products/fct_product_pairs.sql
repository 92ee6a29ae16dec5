-- Grain: one row per window and ordered pair of products (product_id, other_product_id,
-- window_name).
{{ keyed_by(
    'window_name',
    inputs=[{'model': 'int_product_pairs__counts', 'where': 'product_id <> other_product_id'}]
) }}

with changed as (

    select * from {{ changed_keys() }}

),

counts as (

    select
        counts.window_name,
        counts.product_id,
        counts.other_product_id,
        counts.order_count,
        changed.input_fingerprint
    from {{ ref('int_product_pairs__counts') }} as counts
    inner join changed on counts.window_name = changed.window_name

),

windows as (

    select * from {{ ref('int_product_pair_windows') }}

),

products as (

    select
        window_name,
        product_id,
        order_count
    from counts
    where product_id = other_product_id

),

directed as (

    select
        window_name,
        product_id,
        other_product_id,
        order_count,
        input_fingerprint
    from counts
    where product_id <> other_product_id
    union all
    select
        window_name,
        other_product_id as product_id,
        product_id as other_product_id,
        order_count,
        input_fingerprint
    from counts
    where product_id <> other_product_id

),

shared as (

    select
        directed.*,
        products.order_count as product_order_count,
        others.order_count as other_order_count,
        windows.basket_count,
        windows.oversized_order_count,
        windows.begins_on,
        windows.ends_on,
        cast(directed.order_count as double) / windows.basket_count as support,
        cast(directed.order_count as double) / products.order_count as confidence,
        cast(products.order_count as double) / windows.basket_count as product_support,
        cast(others.order_count as double) / windows.basket_count as other_support
    from directed
    inner join windows on directed.window_name = windows.window_name
    inner join products
        on
            directed.window_name = products.window_name
            and directed.product_id = products.product_id
    inner join products as others
        on
            directed.window_name = others.window_name
            and directed.other_product_id = others.product_id

),

final as (

    select
        -- ids
        product_id,
        other_product_id,
        window_name,

        -- measures
        order_count,
        product_order_count,
        other_order_count,
        cast(basket_count as integer) as basket_count,
        cast(oversized_order_count as integer) as oversized_order_count,
        support,
        confidence,
        confidence / other_support as lift,
        support - product_support * other_support as leverage,
        -- Whoever always buys both gives nothing to compare with.
        case
            when order_count < product_order_count then (1 - other_support) / (1 - confidence)
        end as conviction,

        -- times
        begins_on,
        ends_on,
        input_fingerprint
    from shared

)

select * from final
