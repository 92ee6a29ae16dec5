-- Grain: one row per identifier (identifier_type, identifier) with the person it belongs to.
-- The linter does not know the recursion of `connected_labels`.
-- sqlfluff:ignore:parsing
{{ config(materialized='table') }}

with actors as (

    select * from {{ ref('int_actors') }}

),

links as (

    select * from {{ ref('int_identity__links') }}

),

edges as (

    select * from {{ ref('int_identity__edges') }}

),

customers as (

    select * from {{ ref('int_customers') }}

),

orders as (

    select * from {{ ref('int_orders') }}

),

blocklist as (

    select distinct
        identifier_type,
        lower(trim(identifier)) as identifier
    from {{ ref('identity_blocklist') }}

),

pairs as (  -- noqa: ST03

    select
        {{ identity_key('customer', 'customer_id') }} as left_node,
        {{ identity_key('customer', 'joined_customer_id') }} as right_node
    from edges
    where
        suppressed_reason is null
        and identifier_type <> 'visitor'
        -- Most contacts are of one account and join it to none.
        and customer_id <> joined_customer_id

),

labels as (

    {{ connected_labels('pairs') }}

),

named as (

    select
        customer_id,
        false as has_orders
    from customers
    union all
    select
        customer_id,
        true as has_orders
    from orders
    union all
    select
        customer_id,
        false as has_orders
    from links
    union all
    select
        customer_id,
        false as has_orders
    from actors
    union all
    select
        customer_id,
        false as has_orders
    from edges
    union all
    select
        joined_customer_id as customer_id,
        false as has_orders
    from edges

),

accounts as (

    select
        customer_id,
        {{ identity_key('customer', 'customer_id') }} as identity_key,
        bool_or(has_orders) as has_orders
    from named
    where customer_id is not null
    group by customer_id

),

joined as (

    select
        accounts.*,
        coalesce(labels.label, accounts.identity_key) as person_key
    from accounts
    left join labels on accounts.identity_key = labels.node

),

devices as (

    select
        actors.visitor_id,
        {{ identity_key('visitor', 'actors.visitor_id') }} as identity_key,
        joined.person_key
    from actors
    left join edges
        on
            actors.visitor_id = edges.identifier
            and edges.identifier_type = 'visitor'
            and edges.suppressed_reason is null
    left join joined on edges.customer_id = joined.customer_id
    where actors.visitor_id is not null

),

-- A contact whose accounts were kept apart is nobody's.
contacts as (

    select
        edges.identifier_type,
        edges.identifier,
        case
            when edges.identifier_type = 'email'
                then {{ identity_key('email', 'edges.identifier') }}
            else {{ identity_key('phone', 'edges.identifier') }}
        end as identity_key,
        min(joined.person_key) as person_key
    from edges
    inner join joined on edges.customer_id = joined.customer_id
    where
        edges.identifier_type <> 'visitor'
        and not edges.is_explicit
        and edges.suppressed_reason is null
    group by edges.identifier_type, edges.identifier

),

identifiers as (

    select
        'customer' as identifier_type,
        customer_id as identifier,
        identity_key,
        person_key,
        has_orders
    from joined
    union all
    select
        'visitor' as identifier_type,
        visitor_id as identifier,
        identity_key,
        coalesce(person_key, identity_key) as person_key,
        false as has_orders
    from devices
    union all
    select
        identifier_type,
        identifier,
        identity_key,
        person_key,
        false as has_orders
    from contacts

),

final as (

    select
        -- ids
        identifiers.identifier_type,
        identifiers.identifier,
        md5(identifiers.identity_key) as alias_id,
        md5(identifiers.person_key) as person_id,

        -- attributes
        blocklist.identifier is not null as is_blocklisted,
        identifiers.has_orders
    from identifiers
    left join blocklist
        on
            identifiers.identifier_type = blocklist.identifier_type
            and lower(trim(identifiers.identifier)) = blocklist.identifier

)

select * from final
