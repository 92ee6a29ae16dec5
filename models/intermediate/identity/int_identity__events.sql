-- Grain: one row per event (event_id) of an account, or of a device that somebody logged in on.
{{ keyed_by(
    'actor_id',
    inputs=[
        {'model': 'int_actors', 'where': 'has_links or customer_id is not null'},
        {'model': 'int_identity__actors', 'fingerprint': fingerprint(['whole_row.*'])},
        'int_identity__links',
    ]
) }}

with events as (

    select
        events.event_id,
        events.actor_id,
        events.visitor_id,
        events.customer_id,
        events.source_seq,
        events.event_rank,
        events.event_at,
        events.available_at,
        changed.input_fingerprint
    from {{ ref('int_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id

),

links as (

    select links.*
    from {{ ref('int_identity__links') }} as links
    inner join {{ changed_keys() }} as changed on links.actor_id = changed.actor_id

),

identities as (

    select identities.*
    from {{ ref('int_identity__actors') }} as identities
    inner join {{ changed_keys() }} as changed on identities.actor_id = changed.actor_id

),

-- A login with a placeholder tells nothing; a device that shares its id with others belongs to
-- nobody.
sound_links as (

    select
        links.*,
        case when not links.is_end then accounts.alias_id end as alias_id,
        case when not links.is_end then accounts.person_id end as person_id,
        accounts.person_id as linked_person_id,
        row_number() over (
            partition by links.visitor_id
            order by
                links.event_at asc,
                links.source_seq asc nulls last,
                links.event_rank asc,
                links.event_id asc
        ) as link_number
    from links
    inner join identities as devices
        on
            links.actor_id = devices.actor_id
            and links.visitor_id = devices.identifier
            and devices.identifier_type = 'visitor'
            and not devices.is_blocklisted
    left join identities as accounts
        on
            links.actor_id = accounts.actor_id
            and links.customer_id = accounts.identifier
            and accounts.identifier_type = 'customer'
            and not accounts.is_blocklisted
    where links.is_end or accounts.identifier is not null

),

-- Before its first login a device belongs to whoever logs in first.
first_links as (

    select
        visitor_id,
        min(link_number) as link_number,
        min_by(linked_person_id, link_number) as person_id
    from sound_links
    where linked_person_id is not null
    group by visitor_id

),

placed as (

    select
        events.*,
        count(sound_links.event_id) over (
            partition by events.visitor_id
            order by
                events.event_at asc,
                events.source_seq asc nulls last,
                events.event_rank asc,
                events.event_id asc
            rows between unbounded preceding and current row
        ) as link_number
    from events
    left join sound_links on events.event_id = sound_links.event_id

),

-- Nearly always the latest login was known by then; if not, the latest of those that were.
known_links as (

    select
        placed.event_id,
        max(sound_links.link_number) as link_number
    from placed
    inner join sound_links as latest
        on
            placed.visitor_id = latest.visitor_id
            and placed.link_number = latest.link_number
            and placed.available_at < latest.available_at
    inner join sound_links
        on
            placed.visitor_id = sound_links.visitor_id
            and placed.link_number > sound_links.link_number
            and placed.available_at >= sound_links.available_at
    group by placed.event_id

),

joined as (

    select
        placed.event_id,
        placed.actor_id,
        placed.input_fingerprint,
        coalesce(
            case when not accounts.is_blocklisted then accounts.alias_id end,
            case
                when latest.available_at <= placed.available_at then latest.alias_id
                else known.alias_id
            end,
            devices.alias_id,
            accounts.alias_id
        ) as person_id_asof,
        coalesce(
            case when not accounts.is_blocklisted then accounts.person_id end,
            case
                when placed.link_number < first_links.link_number then first_links.person_id
                else latest.person_id
            end,
            devices.person_id,
            accounts.person_id
        ) as person_id_current
    from placed
    left join identities as accounts
        on
            placed.actor_id = accounts.actor_id
            and placed.customer_id = accounts.identifier
            and accounts.identifier_type = 'customer'
    left join identities as devices
        on
            placed.actor_id = devices.actor_id
            and placed.visitor_id = devices.identifier
            and devices.identifier_type = 'visitor'
    left join sound_links as latest
        on
            placed.visitor_id = latest.visitor_id
            and placed.link_number = latest.link_number
    left join known_links on placed.event_id = known_links.event_id
    left join sound_links as known
        on
            placed.visitor_id = known.visitor_id
            and known_links.link_number = known.link_number
    left join first_links on placed.visitor_id = first_links.visitor_id

),

final as (

    select
        event_id,
        actor_id,
        person_id_asof,
        person_id_current,
        input_fingerprint
    from joined

)

select * from final
