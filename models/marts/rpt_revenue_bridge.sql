-- Grain: one row per day, currency and step of the bridge (purchased_on, currency, step).
with purchases as (

    select * from {{ ref('int_orders__reconciled') }}

),

-- Each purchase event, on the day of its purchase.
tracked as (

    select
        purchases.purchased_on,
        events.currency,
        coalesce(events.event_value, 0) as amount,
        case when events.event_value is null then 0 else events.event_value_reporting end
            as amount_reporting,
        events.event_id <> purchases.event_id as is_repeated
    from {{ ref('fct_events') }} as events
    inner join purchases
        on coalesce(events.order_id, 'event ' || events.event_id) = purchases.purchase_id
    where events.event_type = 'purchase'

),

-- What moves the web's figure to the orders': each purchase adds to the steps that concern it.
moved as (

    select
        'web_purchases' as step,
        purchased_on,
        currency,
        amount,
        amount_reporting,
        1 as purchase_count
    from tracked
    union all
    select
        'repeated_event' as step,
        purchased_on,
        currency,
        -amount as amount,
        -amount_reporting as amount_reporting,
        1 as purchase_count
    from tracked
    where is_repeated
    union all
    -- The web's own amount, of what is no sold order or stands in another currency.
    select
        reconciliation_status as step,
        purchased_on,
        web_currency as currency,
        -web_total as amount,
        -web_total_reporting as amount_reporting,
        1 as purchase_count
    from purchases
    where
        event_count > 0
        and reconciliation_status in ('no_order', 'test_order', 'not_sold', 'currency_differs')
    union all
    select
        reconciliation_status as step,
        purchased_on,
        order_currency as currency,
        sales_total as amount,
        sales_total_reporting as amount_reporting,
        1 as purchase_count
    from purchases
    where reconciliation_status in ('no_event', 'currency_differs')
    union all
    -- Equal amounts may still differ in the reporting currency: each has its own day's rate.
    select
        'value_differs' as step,
        purchased_on,
        order_currency as currency,
        sales_total - web_total as amount,
        sales_total_reporting - web_total_reporting as amount_reporting,
        case when reconciliation_status = 'value_differs' then 1 else 0 end as purchase_count
    from purchases
    where reconciliation_status in ('matched', 'value_differs')
    union all
    select
        'sold_orders' as step,
        purchased_on,
        order_currency as currency,
        sales_total as amount,
        sales_total_reporting as amount_reporting,
        1 as purchase_count
    from purchases
    where is_sold
    union all
    select
        'refunds' as step,
        purchased_on,
        order_currency as currency,
        -refund_total as amount,
        -refund_total_reporting as amount_reporting,
        1 as purchase_count
    from purchases
    where is_sold and refund_total > 0
    union all
    select
        'cancellations' as step,
        purchased_on,
        order_currency as currency,
        -cancelled_total as amount,
        -cancelled_total_reporting as amount_reporting,
        1 as purchase_count
    from purchases
    where is_sold and cancelled_total > 0
    union all
    select
        'net_sales' as step,
        purchased_on,
        order_currency as currency,
        sales_total - refund_total - cancelled_total as amount,
        sales_total_reporting - refund_total_reporting - cancelled_total_reporting
            as amount_reporting,
        1 as purchase_count
    from purchases
    where is_sold

),

totalled as (

    select
        step,
        purchased_on,
        -- An event may come without a currency.
        coalesce(currency, 'none') as currency,
        sum(amount) as amount,
        -- A sum with a hole in it is none.
        case when count(*) = count(amount_reporting) then sum(amount_reporting) end
            as amount_reporting,
        sum(purchase_count) as purchase_count
    from moved
    group by step, purchased_on, coalesce(currency, 'none')
    having sum(purchase_count) > 0 or sum(amount) <> 0 or sum(amount_reporting) <> 0

),

final as (

    select
        -- attributes
        currency,
        cast(case step
            when 'web_purchases' then 1
            when 'repeated_event' then 2
            when 'no_order' then 3
            when 'test_order' then 4
            when 'not_sold' then 5
            when 'currency_differs' then 6
            when 'value_differs' then 7
            when 'no_event' then 8
            when 'sold_orders' then 9
            when 'refunds' then 10
            when 'cancellations' then 11
            when 'net_sales' then 12
        end as integer) as step_number,
        step,
        case
            when step in ('web_purchases', 'sold_orders', 'net_sales') then 'total'
            else 'difference'
        end as step_kind,

        -- measures
        cast(amount as decimal(28, 4)) as amount,
        cast(amount_reporting as decimal(28, 8)) as amount_reporting,
        cast(purchase_count as bigint) as purchase_count,

        -- times
        purchased_on
    from totalled

)

select * from final
