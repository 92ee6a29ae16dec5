-- Grain: one row per day, currency and step of the bridge (purchased_on, currency, step).
{% set parts = ['sales', 'refund', 'cancelled'] %}
{% set order_reporting = parts | join('_total_reporting + ') ~ '_total_reporting' %}

with reconciled as (

    select * from {{ ref('int_orders__reconciled') }}

),

credits as (

    select * from {{ ref('fct_orders') }}
    where is_credit

),

-- Without a rate, an amount is left out of every step alike, so that they still add up: an order as
-- a whole, if any part of it has none.
purchases as (

    select
        *,
        web_total_reporting is null as is_web_unrated,
        coalesce(web_total_reporting, 0) as web_total_rated,
        {% for part in parts %}
            case when {{ order_reporting }} is null then 0 else {{ part }}_total_reporting end
                as {{ part }}_total_rated,
        {% endfor %}
        {{ order_reporting }} is null as is_order_unrated
    from reconciled

),

-- Each purchase event, on the day of its purchase.
tracked as (

    select
        purchases.purchased_on,
        events.currency,
        coalesce(events.event_value, 0) as amount,
        coalesce(events.event_value_reporting, 0) as amount_reporting,
        events.event_value is not null and events.event_value_reporting is null as is_unrated,
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
        is_unrated,
        1 as purchase_count
    from tracked
    union all
    select
        'repeated_event' as step,
        purchased_on,
        currency,
        -amount as amount,
        -amount_reporting as amount_reporting,
        is_unrated,
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
        -web_total_rated as amount_reporting,
        is_web_unrated as is_unrated,
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
        sales_total_rated as amount_reporting,
        is_order_unrated as is_unrated,
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
        sales_total_rated - web_total_rated as amount_reporting,
        reconciliation_status = 'value_differs' and (is_web_unrated or is_order_unrated)
            as is_unrated,
        case when reconciliation_status = 'value_differs' then 1 else 0 end as purchase_count
    from purchases
    where reconciliation_status in ('matched', 'value_differs')
    union all
    select
        'sold_orders' as step,
        purchased_on,
        order_currency as currency,
        sales_total as amount,
        sales_total_rated as amount_reporting,
        is_order_unrated as is_unrated,
        1 as purchase_count
    from purchases
    where is_sold
    union all
    select
        'refunds' as step,
        purchased_on,
        order_currency as currency,
        -refund_total as amount,
        -refund_total_rated as amount_reporting,
        is_order_unrated as is_unrated,
        1 as purchase_count
    from purchases
    where is_sold and refund_total > 0
    union all
    select
        'cancellations' as step,
        purchased_on,
        order_currency as currency,
        -cancelled_total as amount,
        -cancelled_total_rated as amount_reporting,
        is_order_unrated as is_unrated,
        1 as purchase_count
    from purchases
    where is_sold and cancelled_total > 0
    union all
    select
        'net_sales' as step,
        purchased_on,
        order_currency as currency,
        sales_total - refund_total - cancelled_total as amount,
        sales_total_rated - refund_total_rated - cancelled_total_rated
            as amount_reporting,
        is_order_unrated as is_unrated,
        1 as purchase_count
    from purchases
    where is_sold
    {% for step in ['credits', 'net_sales'] %}
        union all
        select
            '{{ step }}' as step,
            ordered_on as purchased_on,
            currency,
            net_total as amount,
            coalesce(net_total_reporting, 0) as amount_reporting,
            net_total_reporting is null as is_unrated,
            1 as purchase_count
        from credits
    {% endfor %}

),

totalled as (

    select
        step,
        purchased_on,
        -- An event may come without a currency.
        coalesce(currency, 'none') as currency,
        sum(amount) as amount,
        sum(amount_reporting) as amount_reporting,
        sum(purchase_count) as purchase_count,
        count(case when is_unrated then 1 end) as unrated_count
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
            when 'credits' then 12
            when 'net_sales' then 13
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
        cast(unrated_count as bigint) as unrated_count,

        -- times
        purchased_on
    from totalled

)

select * from final
