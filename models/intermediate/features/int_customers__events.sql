-- Grain: one row per event of an account (event_id), as it was known when the event became known.
{{ keyed_by('alias_id', inputs=[
    {
        'model': 'int_identity__components',
        'where': "identifier_type = 'customer' and not is_blocklisted",
        'fingerprint': fingerprint(['identifier']),
        'required': true,
    },
    {
        'model': 'fct_events',
        'key': 'person_id_asof',
        'where': 'not is_bot_by_agent and not is_internal',
        'fingerprint': fingerprint([
            'event_id', 'event_type', 'product_id', 'event_on', 'event_at', 'available_at',
        ]),
        'required': true,
    },
]) }}

with accounts as (

    select
        components.alias_id,
        components.identifier as customer_id,
        changed.input_fingerprint
    from {{ ref('int_identity__components') }} as components
    inner join {{ changed_keys() }} as changed on components.alias_id = changed.alias_id
    where components.identifier_type = 'customer' and not components.is_blocklisted

),

events as (

    select * from {{ ref('fct_events') }}
    where not is_bot_by_agent and not is_internal

),

final as (

    select
        -- ids
        events.event_id,
        accounts.customer_id,
        accounts.alias_id,
        events.product_id,

        -- attributes
        events.event_type,

        -- times
        events.event_on,
        events.event_at,
        events.available_at,
        accounts.input_fingerprint
    from events
    inner join accounts on events.person_id_asof = accounts.alias_id

)

select * from final
