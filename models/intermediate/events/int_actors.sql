-- Grain: one row per actor (actor_id), with the fingerprint of all that its events say.
{{ config(materialized='table') }}

with events as (

    select * from {{ ref('int_events') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

valued as (

    select
        actor_id,
        event_id,
        currency,
        {{ local_day('event_at') }} as event_on
    from events
    where event_value is not null

),

-- An event's amount in the reporting currency depends on a rate too.
parts as (

    select
        actor_id,
        visitor_id,
        customer_id,
        platform <> 'server' as has_session,
        event_fingerprint as part
    from events
    union all
    select
        valued.actor_id,
        cast(null as {{ sql_type('varchar') }}) as visitor_id,
        cast(null as {{ sql_type('varchar') }}) as customer_id,
        false as has_session,
        {{ fingerprint(['valued.event_id', 'rates.rate', 'reporting_rates.rate']) }} as part
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
