-- Grain: one row per sold order that a visit's purchase event names (order_id), with the first
-- visit that does.
{{ config(materialized='table') }}

with orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold

),

purchases as (

    select * from {{ ref('fct_events') }}
    where event_type = 'purchase' and order_id is not null and session_id is not null

),

numbered as (

    select
        orders.order_id,
        orders.net_total_reporting,
        purchases.session_id,
        purchases.actor_id,
        row_number() over (
            partition by orders.order_id
            -- The canonical order of events; the last key is unique.
            order by
                purchases.event_at asc,
                purchases.source_seq asc nulls last,
                purchases.event_rank asc,
                purchases.event_id asc
        ) as choice
    from orders
    inner join purchases on orders.order_id = purchases.order_id

),

final as (

    select
        -- ids
        order_id,
        session_id,
        actor_id,

        -- measures
        net_total_reporting,
        {{ fingerprint(['order_id', 'session_id', 'net_total_reporting']) }} as input_fingerprint
    from numbered
    where choice = 1

)

select * from final
