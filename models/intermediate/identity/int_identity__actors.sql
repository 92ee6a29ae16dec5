-- Grain: one row per actor and identifier that its events name (actor_id, identifier_type,
-- identifier). Devices that nobody ever logged in on are left out: they are their own person.
{{ config(materialized='table') }}

with actors as (

    select * from {{ ref('int_actors') }}

),

links as (

    select * from {{ ref('int_identity__links') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

named as (

    select
        actor_id,
        'visitor' as identifier_type,
        visitor_id as identifier
    from actors
    where has_links
    union
    select
        actor_id,
        'customer' as identifier_type,
        customer_id as identifier
    from actors
    where customer_id is not null
    union
    select
        actor_id,
        'customer' as identifier_type,
        customer_id as identifier
    from links
    where customer_id is not null

),

final as (

    select
        -- ids
        named.actor_id,
        named.identifier_type,
        named.identifier,
        components.alias_id,
        components.person_id,

        -- attributes
        components.is_blocklisted
    from named
    inner join components
        on
            named.identifier_type = components.identifier_type
            and named.identifier = components.identifier

)

select * from final
