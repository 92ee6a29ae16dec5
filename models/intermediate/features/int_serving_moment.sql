-- Grain: one row, the moment for which features are served; none while there is nothing.
{{ config(materialized='table') }}

with events as (

    select max(event_at) as last_at
    from {{ ref('fct_events') }}

),

orders as (

    select max(ordered_at) as last_at
    from {{ ref('fct_orders') }}

),

watermarks as (

    select {{ watermark(['int_events', 'int_orders']) }} as watermark_at

),

-- `greatest` and `least` skip a null: without orders the events say it, without a watermark nothing
-- bounds it.
days as (

    select
        {{ local_day('greatest(events.last_at, orders.last_at)') }} as last_on,
        {{ local_day('watermarks.watermark_at') }} as complete_on
    from events
    cross join orders
    cross join watermarks
    where coalesce(events.last_at, orders.last_at) is not null

),

bounded as (

    select least(cast(last_on + interval '1 day' as date), complete_on) as serving_on
    from days

),

final as (

    select
        -- times
        serving_on,
        {{ local_to_utc('serving_on', var('shop_timezone')) }} as serving_at
    from bounded

)

select * from final
