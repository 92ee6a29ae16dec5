-- Grain: one row per customer account (customer_id) that any source names.
with customers as (

    select * from {{ ref('int_customers') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where customer_id is not null

),

events as (

    select * from {{ ref('fct_events') }}
    where customer_id is not null

),

persons as (

    select * from {{ ref('int_identity__components') }}
    where identifier_type = 'customer'

),

named as (

    select
        customer_id,
        source,
        1 as precedence
    from customers
    union all
    select
        customer_id,
        source,
        2 as precedence
    from orders
    union all
    select
        customer_id,
        source,
        3 as precedence
    from events

),

-- A customer whose own row is missing or in quarantine still owns orders.
members as (

    select
        customer_id,
        min(precedence) > 1 as is_inferred,
        min(source) as first_source
    from named
    group by customer_id

),

order_totals as (

    select
        customer_id,
        count(case when is_sold then 1 end) as order_count,
        min(case when is_sold then ordered_at end) as first_ordered_at,
        max(case when is_sold then ordered_at end) as last_ordered_at
    from orders
    group by customer_id

),

final as (

    select
        -- ids
        members.customer_id,
        persons.person_id,

        -- attributes
        coalesce(customers.source, members.first_source) as source,
        customers.country,
        members.is_inferred,

        -- measures
        cast(coalesce(order_totals.order_count, 0) as integer) as order_count,

        -- times
        customers.registered_at,
        order_totals.first_ordered_at,
        order_totals.last_ordered_at
    from members
    inner join persons on members.customer_id = persons.identifier
    left join customers on members.customer_id = customers.customer_id
    left join order_totals on members.customer_id = order_totals.customer_id

)

select * from final
