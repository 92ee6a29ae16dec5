-- Grain: one row per identifier and account it was seen with (identifier_type, identifier,
-- customer_id).
-- The linter does not know the recursion of `connected_labels`.
-- sqlfluff:ignore:parsing
{{ config(materialized='table') }}
{%- for name in ['identity_max_customers_per_contact', 'identity_max_customers_per_person'] %}
    {{- require_positive_int('int_identity__edges', name, var(name)) }}
{%- endfor %}

with links as (

    select * from {{ ref('int_identity__links') }}
    where customer_id is not null

),

contacts as (

    {{ union_feeds('int_customer_contacts', {
        'customer_id': 'varchar',
        'contact_type': 'varchar',
        'contact_hash': 'varchar',
    }) }}

),

merges as (

    {{ union_feeds('int_customer_merges', {
        'customer_id': 'varchar',
        'merged_into_id': 'varchar',
    }) }}

),

blocklist as (

    select distinct
        identifier_type,
        case
            when identifier_type in ('email', 'phone')
                then {{ contact_hash('identifier_type', 'identifier') }}
            else lower(trim(identifier))
        end as identifier
    from {{ ref('identity_blocklist') }}

),

seen as (

    select distinct
        'visitor' as identifier_type,
        visitor_id as identifier,
        customer_id
    from links
    union all
    select distinct
        contact_type as identifier_type,
        contact_hash as identifier,
        customer_id
    from contacts
    where contact_hash is not null
    union all
    select distinct
        'customer' as identifier_type,
        customer_id as identifier,
        merged_into_id as customer_id
    from merges
    where customer_id <> merged_into_id

),

checked as (

    select
        seen.*,
        seen.identifier_type = 'customer' as is_explicit,
        blocked.identifier is not null or blocked_customers.identifier is not null
            as is_blocklisted
    from seen
    left join blocklist as blocked
        on
            seen.identifier_type = blocked.identifier_type
            and lower(trim(seen.identifier)) = blocked.identifier
    left join blocklist as blocked_customers
        on
            blocked_customers.identifier_type = 'customer'
            and lower(trim(seen.customer_id)) = blocked_customers.identifier

),

counted as (

    select
        *,
        count(case when not is_blocklisted then 1 end)
            over (partition by identifier_type, identifier)
            as customer_count,
        min(case when not is_blocklisted then customer_id end)
            over (partition by identifier_type, identifier)
            as first_customer_id
    from checked

),

guarded as (

    select
        *,
        case when is_explicit then identifier else first_customer_id end as joined_customer_id,
        case
            when is_blocklisted then 'blocklisted'
            when identifier_type = 'visitor' and customer_count > 1 then 'shared_device'
            when
                identifier_type <> 'visitor'
                and not is_explicit
                and customer_count > {{ var('identity_max_customers_per_contact') }}
                then 'hub'
        end as reason
    from counted

),

-- A device has one account here and joins none to another: the graph is one of accounts. Most
-- contacts are of one account and join it to none.
pairs as (

    select
        customer_id as left_node,
        joined_customer_id as right_node
    from guarded
    where
        reason is null
        and identifier_type <> 'visitor'
        and customer_id <> joined_customer_id

),

labels as (

    {{ connected_labels('pairs') }}

),

large as (

    select label from labels
    group by label
    having count(*) > {{ var('identity_max_customers_per_person') }}

),

final as (

    select
        -- ids
        guarded.identifier_type,
        guarded.identifier,
        guarded.customer_id,

        -- attributes
        guarded.joined_customer_id,
        guarded.is_explicit,
        coalesce(
            guarded.reason,
            case
                when
                    large.label is not null
                    and not guarded.is_explicit
                    and guarded.identifier_type <> 'visitor'
                    then 'large_component'
            end
        ) as suppressed_reason
    from guarded
    left join labels on guarded.customer_id = labels.node
    left join large on labels.label = large.label

)

select * from final
