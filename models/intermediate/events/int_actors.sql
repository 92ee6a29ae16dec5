-- Grain: one row per actor (actor_id), with the fingerprint of all that its events say.
{{ config(materialized='table') }}

with events as (

    select * from {{ ref('int_events') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

-- An event's amount in the reporting currency depends on a rate too.
valued as (

    select
        *,
        case when event_value is not null then {{ local_day('event_at') }} end as event_on
    from events

),

parts as (

    select
        valued.actor_id,
        valued.visitor_id,
        valued.customer_id,
        valued.platform <> 'server' as has_session,
        {{ fingerprint([
            'valued.event_fingerprint', 'rates.rate', 'reporting_rates.rate',
        ]) }} as part
    from valued
    {{ join_rates('valued', 'event_on') }}

),

final as (

    select
        -- ids
        actor_id,
        -- With a device, its id is the actor's.
        case when bool_or(visitor_id is not null) then actor_id end as visitor_id,
        max(case when visitor_id is null then customer_id end) as customer_id,

        -- attributes
        bool_or(has_session) as has_sessions,
        bool_or(visitor_id is not null and customer_id is not null) as has_links,
        {{ fingerprint(['count(*)', 'sum(cast(part as ' ~ sql_type('hugeint') ~ '))']) }}
            as input_fingerprint
    from parts
    group by actor_id

)

select * from final
