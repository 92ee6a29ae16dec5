-- Grain: one row per person (person_id): accounts and devices that belong together.
with identifiers as (

    select * from {{ ref('int_identity__components') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

events as (

    select * from {{ ref('fct_events') }}

),

members as (

    select
        person_id,
        count(case when identifier_type = 'customer' then 1 end) as customer_count,
        count(case when identifier_type = 'visitor' then 1 end) as visitor_count,
        bool_or(is_blocklisted) as is_placeholder
    from identifiers
    group by person_id

),

customer_totals as (

    select
        person_id,
        sum(order_count) as order_count,
        min(least(
            coalesce(registered_at, first_ordered_at),
            coalesce(first_ordered_at, registered_at)
        )) as first_seen_at,
        max(greatest(
            coalesce(registered_at, last_ordered_at),
            coalesce(last_ordered_at, registered_at)
        )) as last_seen_at
    from customers
    group by person_id

),

event_totals as (

    select
        person_id_current as person_id,
        count(*) as event_count,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at
    from events
    group by person_id_current

),

final as (

    select
        -- ids
        members.person_id,

        -- attributes
        members.customer_count > 0 as is_known,
        members.is_placeholder,

        -- measures
        cast(members.customer_count as integer) as customer_count,
        cast(members.visitor_count as integer) as visitor_count,
        cast(coalesce(event_totals.event_count, 0) as bigint) as event_count,
        cast(coalesce(customer_totals.order_count, 0) as integer) as order_count,

        -- times
        least(
            coalesce(event_totals.first_seen_at, customer_totals.first_seen_at),
            coalesce(customer_totals.first_seen_at, event_totals.first_seen_at)
        ) as first_seen_at,
        greatest(
            coalesce(event_totals.last_seen_at, customer_totals.last_seen_at),
            coalesce(customer_totals.last_seen_at, event_totals.last_seen_at)
        ) as last_seen_at
    from members
    left join customer_totals on members.person_id = customer_totals.person_id
    left join event_totals on members.person_id = event_totals.person_id

)

select * from final
