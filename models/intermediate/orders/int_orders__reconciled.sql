-- Grain: one row per purchase (purchase_id): an order, what the web tracked of it, or both.
{{ keyed_by('purchase_id', inputs=[
    {
        'model': 'fct_orders', 'key': 'order_id', 'where': 'not is_credit',
        'fingerprint': 'input_fingerprint',
    },
    {
        'model': 'fct_events', 'key': "coalesce(order_id, 'event ' || event_id)",
        'where': "event_type = 'purchase'",
        'fingerprint': fingerprint([
            'event_id', 'event_value', 'event_value_reporting', 'currency', 'event_on', 'event_at',
            'source_seq', 'event_rank', 'session_id', 'available_at',
        ]),
    },
]) }}

with changed as (

    select * from {{ changed_keys() }}

),

orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    inner join changed on orders.order_id = changed.purchase_id
    where not orders.is_credit

),

events as (

    select
        *,
        coalesce(order_id, 'event ' || event_id) as purchase_id
    from {{ ref('fct_events') }}
    where event_type = 'purchase'

),

tracked as (

    select
        events.*,
        row_number() over (
            partition by events.purchase_id
            order by
                events.event_at asc,
                events.source_seq asc nulls last,
                events.event_rank asc,
                events.event_id asc
        ) as event_number
    from events
    inner join changed on events.purchase_id = changed.purchase_id

),

-- What the web counted: every event, the first of them standing for the order.
tracked_totals as (

    select
        purchase_id,
        max(case when event_number = 1 then event_id end) as event_id,
        max(case when event_number = 1 then session_id end) as session_id,
        max(case when event_number = 1 then currency end) as web_currency,
        max(case when event_number = 1 then event_at end) as event_at,
        max(case when event_number = 1 then event_on end) as event_on,
        max(available_at) as available_at,
        count(*) as event_count,
        coalesce(max(case when event_number = 1 then event_value end), 0) as web_total,
        max(case
            when event_number = 1 and event_value is null then 0
            when event_number = 1 then event_value_reporting
        end) as web_total_reporting
    from tracked
    group by purchase_id

),

final as (

    select
        -- ids
        changed.purchase_id,
        orders.order_id,
        tracked_totals.event_id,
        tracked_totals.session_id,

        -- attributes
        case
            when orders.order_id is not null and tracked_totals.event_id is not null
                then 'order_id'
        end as match_method,
        case
            when orders.order_id is null then 'no_order'
            when orders.is_test then 'test_order'
            when not orders.is_sold then 'not_sold'
            when tracked_totals.event_id is null then 'no_event'
            -- An amount without a currency cannot be held against one that has it.
            when
                coalesce(
                    tracked_totals.web_currency,
                    case when tracked_totals.web_total = 0 then orders.currency else 'none' end
                ) <> orders.currency
                then 'currency_differs'
            when tracked_totals.web_total <> orders.sales_total then 'value_differs'
            else 'matched'
        end as reconciliation_status,
        coalesce(orders.refund_total + orders.cancelled_total > 0, false) as is_refunded,
        coalesce(orders.is_sold, false) as is_sold,
        tracked_totals.web_currency,
        orders.currency as order_currency,

        -- measures
        cast(coalesce(tracked_totals.event_count, 0) as integer) as event_count,
        cast(coalesce(tracked_totals.web_total, 0) as decimal(18, 4)) as web_total,
        cast(coalesce(orders.sales_total, 0) as decimal(18, 4)) as sales_total,
        cast(coalesce(orders.refund_total, 0) as decimal(18, 4)) as refund_total,
        cast(coalesce(orders.cancelled_total, 0) as decimal(18, 4)) as cancelled_total,
        cast(case
            when tracked_totals.event_id is null then 0
            else tracked_totals.web_total_reporting
        end as decimal(28, 8)) as web_total_reporting,
        cast(case
            when orders.order_id is null then 0 else orders.sales_total_reporting
        end as decimal(28, 8)) as sales_total_reporting,
        cast(case
            when orders.order_id is null then 0 else orders.refund_total_reporting
        end as decimal(28, 8)) as refund_total_reporting,
        cast(case
            when orders.order_id is null then 0 else orders.cancelled_total_reporting
        end as decimal(28, 8)) as cancelled_total_reporting,

        -- times
        coalesce(orders.ordered_on, tracked_totals.event_on) as purchased_on,
        coalesce(orders.ordered_at, tracked_totals.event_at) as purchased_at,
        greatest(
            coalesce(orders.available_at, tracked_totals.available_at),
            coalesce(tracked_totals.available_at, orders.available_at)
        ) as available_at,
        changed.input_fingerprint
    from changed
    left join orders on changed.purchase_id = orders.order_id
    left join tracked_totals on changed.purchase_id = tracked_totals.purchase_id
    where orders.order_id is not null or tracked_totals.event_id is not null

)

select * from final
