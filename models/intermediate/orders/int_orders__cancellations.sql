-- Grain: one row per change of what a cancelled order takes back (order_id, step_number): the
-- cancellation itself, without refund_id, and every later refund, which takes its place.
with orders as (

    select * from {{ ref('fct_orders') }}
    where cancelled_at is not null

),

refunds as (

    select * from {{ ref('fct_refunds') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

cancelled as (

    select
        order_id,
        buyer_id,
        currency,
        sales_total,
        {{ local_day('cancelled_at') }} as cancelled_on,
        cancelled_at,
        cancelled_available_at
    from orders

),

steps as (

    select
        *,
        cast(null as {{ sql_type('varchar') }}) as refund_id,
        1 as cancellation,
        cast(0 as decimal(18, 4)) as refunded,
        cancelled_at as event_at,
        cancelled_available_at as available_at
    from cancelled
    union all
    select
        cancelled.*,
        refunds.refund_id,
        0 as cancellation,
        refunds.amount as refunded,
        refunds.refunded_at as event_at,
        refunds.available_at
    from cancelled
    inner join refunds on cancelled.order_id = refunds.order_id

),

-- In the order in which they came to be known. What refunds gave back before, the cancellation
-- does not take back again.
counted as (

    select
        *,
        row_number() over known as step_number,
        sum(cancellation) over known as cancellation_count,
        greatest(sales_total - sum(refunded) over known, 0) as left_total
    from steps
    window known as (
        partition by order_id
        order by
            greatest(event_at, available_at) asc,
            cancellation asc,
            refund_id asc nulls last
        rows between unbounded preceding and current row
    )

),

running as (

    select
        *,
        cast(case when cancellation_count > 0 then left_total else 0 end as decimal(18, 4))
            as cancelled_total
    from counted

),

priced as (

    select
        running.*,
        case
            when running.cancelled_total = 0 then 0
            else {{ in_reporting_currency(
                'running.cancelled_total', 'running.currency', 'rates.rate', 'reporting_rates.rate'
            ) }}
        end as cancelled_total_reporting
    from running
    {{ join_rates('running', 'cancelled_on') }}

),

changes as (

    select
        *,
        cancelled_total - lag(cancelled_total, 1, 0) over known as amount,
        cancelled_total_reporting - lag(cancelled_total_reporting, 1, 0) over known
            as amount_reporting
    from priced
    window known as (partition by order_id order by step_number asc)

),

final as (

    select
        -- ids
        order_id,
        cast(step_number as integer) as step_number,
        refund_id,
        buyer_id,

        -- attributes
        currency,

        -- measures
        cast(amount as decimal(18, 4)) as amount,
        cast(amount_reporting as decimal(28, 8)) as amount_reporting,

        -- times
        cancelled_on,
        greatest(event_at, cancelled_at) as event_at,
        greatest(available_at, cancelled_available_at) as available_at
    from changes
    where cancellation = 1 or amount <> 0

)

select * from final
