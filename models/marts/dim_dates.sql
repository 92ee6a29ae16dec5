-- Grain: one row per calendar day of the shop (date_on), from the first to the last day of any
-- fact.
-- Refunds, cancellations and all that an order brings are movements; an order without a line has
-- none.
{% set facts = {
    'fct_events': 'event_on',
    'fct_orders': 'ordered_on',
    'fct_order_movements': 'moved_on',
    'int_ad_spend': 'spend_on',
} %}
with fact_days as (

    {% for model, day in facts.items() %}
        select {{ day }} as fact_on
        from {{ ref(model) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

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
