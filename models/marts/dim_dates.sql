-- Grain: one row per calendar day of the shop (date_on), from the first to the last day of any
-- fact.
with events as (

    select event_on as fact_on
    from {{ ref('fct_events') }}

),

orders as (

    select ordered_on as fact_on
    from {{ ref('fct_orders') }}

),

refunds as (

    select refunded_on as fact_on
    from {{ ref('fct_refunds') }}

),

movements as (

    select moved_on as fact_on
    from {{ ref('fct_order_movements') }}

),

ad_spend as (

    select spend_on as fact_on
    from {{ ref('int_ad_spend') }}

),

fact_days as (

    select fact_on from events
    union all
    select fact_on from orders
    union all
    select fact_on from refunds
    union all
    select fact_on from movements
    union all
    select fact_on from ad_spend

),

bounds as (

    select
        min(fact_on) as first_on,
        max(fact_on) as last_on
    from fact_days

),

days as (

    {{ each_day('bounds', 'first_on', 'last_on') }}

),

final as (

    select
        -- ids
        date_on,

        -- attributes
        cast(extract(year from date_on) as integer) as year,
        cast(extract(quarter from date_on) as integer) as quarter,
        cast(extract(month from date_on) as integer) as month,
        cast(extract(day from date_on) as integer) as day_of_month,
        {{ iso_weekday('date_on') }} as iso_weekday,
        cast(weekofyear(date_on) as integer) as iso_week,
        {{ iso_weekday('date_on') }} >= 6 as is_weekend,

        -- times
        cast(date_trunc('week', date_on) as date) as week_on,
        cast(date_trunc('month', date_on) as date) as month_on
    from days

)

select * from final
