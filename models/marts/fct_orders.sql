-- Grain: one row per order or credit document (order_id).
{{ keyed_by(
    'buyer_id',
    inputs=[
        {'model': 'int_buyers', 'where': 'has_orders'},
        {
            'model': 'int_identity__components',
            'key': 'identifier',
            'where': "identifier_type = 'customer' and has_orders",
            'fingerprint': fingerprint(['whole_row.*']),
        },
        'fct_order_items',
        'fct_refunds',
    ]
) }}

with changed as (

    select * from {{ changed_keys() }}

),

persons as (

    select * from {{ ref('int_identity__components') }}
    where identifier_type = 'customer' and not is_blocklisted

),

orders as (

    select
        orders.*,
        persons.person_id,
        changed.input_fingerprint
    from {{ ref('int_orders') }} as orders
    inner join changed on orders.buyer_id = changed.buyer_id
    left join persons on orders.customer_id = persons.identifier

),

items as (

    select items.*
    from {{ ref('fct_order_items') }} as items
    inner join changed on items.buyer_id = changed.buyer_id

),

refunds as (

    select refunds.*
    from {{ ref('fct_refunds') }} as refunds
    inner join changed on refunds.buyer_id = changed.buyer_id

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- Totals per order before any join, so that no line is counted twice.
line_totals as (

    select
        order_id,
        count(*) as line_count,
        max(available_at) as available_at,
        sum(case when line_type = 'sale' then quantity end) as unit_count,
        sum(case when line_type = 'sale' then gross_total end) as gross_total,
        sum(case when line_type = 'sale' then discount_total end) as discount_total,
        sum(case when line_type = 'sale' then line_total end) as sales_total,
        sum(case when line_type = 'sale' then line_total_reporting end) as sales_total_reporting,
        count(case when line_type = 'sale' and line_total_reporting is null then 1 end)
            as unrated_count,
        count(case when line_type = 'sale' and quantity > 0 and unit_price > 0 then 1 end)
            as sold_line_count
    from items
    group by order_id

),

refund_totals as (

    select
        order_id,
        sum(amount) as refund_total,
        max(available_at) as available_at,
        sum(amount_reporting) as refund_total_reporting,
        count(case when amount_reporting is null then 1 end) as unrated_count
    from refunds
    group by order_id

),

totalled as (

    select
        orders.*,
        -- What the row says is known when the last of its parts is.
        greatest(
            orders.available_at,
            coalesce(line_totals.available_at, orders.available_at),
            coalesce(refund_totals.available_at, orders.available_at)
        ) as all_available_at,
        coalesce(line_totals.line_count, 0) as line_count,
        coalesce(line_totals.unit_count, 0) as unit_count,
        coalesce(line_totals.gross_total, 0) as gross_total,
        coalesce(line_totals.discount_total, 0) as discount_total,
        coalesce(line_totals.sales_total, 0) as sales_total,
        case
            when coalesce(line_totals.unrated_count, 0) = 0
                then coalesce(line_totals.sales_total_reporting, 0)
        end as sales_total_reporting,
        coalesce(refund_totals.refund_total, 0) as refund_total,
        case
            when coalesce(refund_totals.unrated_count, 0) = 0
                then coalesce(refund_totals.refund_total_reporting, 0)
        end as refund_total_reporting,
        -- What a cancellation takes back is what no refund took before.
        case
            when orders.cancelled_at is not null
                then greatest(
                    coalesce(line_totals.sales_total, 0)
                    - coalesce(refund_totals.refund_total, 0),
                    0
                )
            else 0
        end as cancelled_total,
        coalesce(line_totals.sold_line_count, 0) > 0
        and coalesce(orders.payment_status, 'paid') = 'paid'
        and not orders.is_test as is_sold,
        {{ local_day('orders.ordered_at') }} as ordered_on,
        {{ local_day('orders.cancelled_at') }} as cancelled_on
    from orders
    left join line_totals on orders.order_id = line_totals.order_id
    left join refund_totals on orders.order_id = refund_totals.order_id

),

priced as (

    select
        totalled.*,
        case
            when totalled.cancelled_total = 0 then 0
            else {{ in_reporting_currency(
                'totalled.cancelled_total', 'totalled.currency', 'rates.rate', 'reporting_rates.rate'
            ) }}
        end as cancelled_total_reporting
    from totalled
    {{ join_rates('totalled', 'cancelled_on') }}

),

numbered as (

    select
        *,
        case
            when is_sold and customer_id is not null
                then row_number() over (
                    partition by customer_id, is_sold
                    order by ordered_at asc nulls last, order_id asc
                )
        end as customer_order_number
    from priced

),

final as (

    select
        -- ids
        order_id,
        customer_id,
        buyer_id,
        person_id,

        -- attributes
        source,
        status,
        payment_status,
        coupon_code,
        currency,
        is_sold,
        is_test,
        is_credit,
        cast(customer_order_number as integer) as customer_order_number,

        -- measures
        cast(line_count as integer) as line_count,
        cast(unit_count as bigint) as unit_count,
        cast(gross_total as decimal(18, 4)) as gross_total,
        cast(discount_total as decimal(18, 4)) as discount_total,
        cast(sales_total as decimal(18, 4)) as sales_total,
        cast(tax_total as decimal(18, 4)) as tax_total,
        cast(shipping_total as decimal(18, 4)) as shipping_total,
        cast(refund_total as decimal(18, 4)) as refund_total,
        cast(cancelled_total as decimal(18, 4)) as cancelled_total,
        cast(sales_total - refund_total - cancelled_total as decimal(18, 4)) as net_total,
        cast(sales_total_reporting as decimal(28, 8)) as sales_total_reporting,
        cast(refund_total_reporting as decimal(28, 8)) as refund_total_reporting,
        cast(cancelled_total_reporting as decimal(28, 8)) as cancelled_total_reporting,
        -- Null where any part has no rate.
        cast(
            sales_total_reporting - refund_total_reporting - cancelled_total_reporting
            as decimal(28, 8)
        ) as net_total_reporting,

        -- times
        ordered_on,
        ordered_at,
        cancelled_at,
        all_available_at as available_at,
        sale_available_at,
        cancelled_available_at,
        input_fingerprint
    from numbered

)

select * from final
