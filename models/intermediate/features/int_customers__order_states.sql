-- Grain: one row per sold order of an account and moment at which something new of it became known
-- (order_id, known_from_at).
with movements as (

    select * from {{ ref('int_customers__movements') }}
    where
        movement_kind in ('sale', 'discount', 'return', 'cancel')
        and original_order_id is not null

),

news as (

    select
        original_order_id as order_id,
        available_at as known_from_at,
        min(case when movement_kind = 'sale' and is_sold then customer_id end) as customer_id,
        min(case when movement_kind = 'sale' and is_sold then event_at end) as ordered_at,
        sum(amount) as amount,
        count(case when movement_kind in ('return', 'cancel') then 1 end) as taken_back_count
    from movements
    group by original_order_id, available_at

),

running as (

    select
        order_id,
        known_from_at,
        min(customer_id) over known as customer_id,
        min(ordered_at) over known as ordered_at,
        sum(amount) over known as net_total,
        sum(taken_back_count) over known as taken_back_count,
        lead(known_from_at) over (
            partition by order_id
            order by known_from_at asc
        ) as known_to_at
    from news
    window known as (
        partition by order_id
        order by known_from_at asc
        rows between unbounded preceding and current row
    )

),

final as (

    select
        -- ids
        order_id,
        customer_id,

        -- attributes
        -- What was given away whole, by a coupon, is kept until it is called off.
        net_total > 0 or taken_back_count = 0 as is_kept,

        -- times
        ordered_at,
        known_from_at,
        known_to_at
    from running
    -- Money given back for a sale that is not known yet is no order.
    where ordered_at is not null

)

select * from final
