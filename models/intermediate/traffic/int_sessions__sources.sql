-- Grain: one row per session (session_id): where it came from, and its channel.
-- Reads the finished events: joining the pieces of each event again would cost as much as they did.
{{ keyed_by(
    'actor_id',
    inputs=[{'model': 'fct_events', 'where': 'session_id is not null'}],
    constants=[
        'channel_rules', 'source_categories', 'referrer_hosts', 'excluded_referrers', 'click_ids',
    ]
) }}

with channel_rules as (

    select * from {{ ref('channel_rules') }}

),

source_categories as (

    select * from {{ ref('source_categories') }}

),

referrer_hosts as (

    select * from {{ ref('referrer_hosts') }}

),

excluded_referrers as (

    select * from {{ ref('excluded_referrers') }}

),

click_ids as (

    select * from {{ ref('click_ids') }}

),

events as (

    select
        events.*,
        changed.input_fingerprint as session_fingerprint
    from {{ ref('fct_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where events.session_id is not null

),

sessions as (

    select
        session_id,
        min(actor_id) as actor_id,
        min(session_fingerprint) as input_fingerprint,
        coalesce(
            max_by(person_id_current, session_position) filter (where customer_id is not null),
            max_by(person_id_current, session_position)
        ) as person_id,
        bool_or(is_bot) as is_bot,
        bool_or(is_internal) as is_internal,
        min(event_at) as session_started_at
    from events
    group by session_id

),

-- What may name a source: tags, a click id or another site.
named as (

    select
        event_id,
        session_id,
        session_position,
        is_automatic,
        page_url,
        {{ url_host('page_url') }} as page_host,
        {{ url_host('page_referrer') }} as referrer_host,
        {{ traffic_tag('utm_source', 'page_url', 'utm_source') }} as utm_source,
        {{ traffic_tag('utm_medium', 'page_url', 'utm_medium') }} as utm_medium,
        {{ traffic_tag('utm_campaign', 'page_url', 'utm_campaign') }} as utm_campaign,
        {{ traffic_tag('utm_content', 'page_url', 'utm_content') }} as utm_content
    from events
    where
        utm_source is not null
        or utm_medium is not null
        or page_referrer is not null
        or instr(page_url, '?') > 0

),

-- Each parameter between two `&` of its own, so names and empty values are found as plain text:
-- a pattern put together for each row would cost more than all else here.
queries as (

    select
        event_id,
        replace(replace(split_part(page_url, '#', 1), '?', '&') || '&', '&', '&&') as parameters
    from named
    where instr(page_url, '?') > 0

),

clicked as (

    select
        queries.event_id,
        click_ids.parameter,
        click_ids.source,
        click_ids.medium,
        click_ids.overrides_organic,
        row_number() over (partition by queries.event_id order by click_ids.priority asc) as choice
    from queries
    inner join click_ids
        on
            instr(queries.parameters, '&' || click_ids.parameter || '=') > 0
            -- One without a value says nothing.
            and instr(
                replace(queries.parameters, '&' || click_ids.parameter || '=&', ''),
                '&' || click_ids.parameter || '='
            ) > 0

),

-- Few hosts and sources stand in many events.
hosts as (

    select distinct referrer_host as host from named
    where referrer_host is not null

),

names as (

    select host as name from hosts
    union
    select utm_source as name from named
    where utm_source is not null

),

-- The shop's own pages and its payment providers send nobody, by whatever subdomain or tag.
excluded as (

    select name from names
    where
        exists (
            select 1 from excluded_referrers
            where
                names.name = excluded_referrers.referrer
                or right(names.name, length(excluded_referrers.referrer) + 1)
                = '.' || excluded_referrers.referrer
        )

),

hosts_matched as (

    select
        hosts.host,
        {{ not_blank('referrer_hosts.source') }} as source,
        referrer_hosts.medium,
        row_number() over (partition by hosts.host order by referrer_hosts.priority asc) as choice
    from hosts
    left join referrer_hosts on {{ contains_match('hosts.host', 'referrer_hosts.pattern') }}
    left join excluded on hosts.host = excluded.name
    where excluded.name is null

),

referrers as (

    select
        host,
        coalesce(source, {{ without_www('host') }}) as source,
        coalesce(medium, 'referral') as medium
    from hosts_matched
    where choice = 1

),

judged as (

    select
        named.*,
        clicked.parameter as click_id_type,
        clicked.source as click_source,
        clicked.medium as click_medium,
        referrers.source as referrer_source,
        referrers.medium as referrer_medium,
        excluded.name is null
        and coalesce(
            {{ without_www('named.utm_source') }} <> {{ without_www('named.page_host') }}, true
        )
        and (
            coalesce(named.utm_source, '(direct)') <> '(direct)'
            or coalesce(named.utm_medium, '(none)') not in ('(none)', '(not set)')
        )
        -- An ad's click id knows better than a tag that calls it organic.
        and not (
            coalesce(clicked.overrides_organic, false)
            and coalesce(named.utm_medium = 'organic', false)
            and coalesce(named.utm_source = clicked.source, false)
        ) as is_tagged
    from named
    left join clicked on named.event_id = clicked.event_id and clicked.choice = 1
    left join referrers
        on
            named.referrer_host = referrers.host
            -- One site, whether a link to it bears the www or not.
            and coalesce(
                {{ without_www('named.referrer_host') }} <> {{ without_www('named.page_host') }},
                true
            )
    left join excluded on named.utm_source = excluded.name

),

sourced as (

    select
        session_id,
        session_position,
        is_automatic,
        click_id_type,
        case
            when is_tagged then utm_source
            when click_source is not null then click_source
            else referrer_source
        end as source,
        case
            when is_tagged then utm_medium
            when click_source is not null then click_medium
            else referrer_medium
        end as medium,
        case when is_tagged or click_source is not null then utm_campaign end as campaign,
        case when is_tagged or click_source is not null then utm_content end as content
    from judged
    where is_tagged or click_source is not null or referrer_source is not null

),

ranked as (

    select
        *,
        -- What the tracker sends by itself speaks only where nothing else does.
        row_number() over (
            partition by session_id
            order by is_automatic asc, session_position asc
        ) as choice
    from sourced

),

chosen as (

    select
        sessions.session_id,
        sessions.actor_id,
        sessions.person_id,
        sessions.is_bot,
        sessions.is_internal,
        sessions.session_started_at,
        sessions.input_fingerprint,
        ranked.source,
        ranked.medium,
        ranked.campaign,
        ranked.content,
        ranked.click_id_type
    from sessions
    left join ranked on sessions.session_id = ranked.session_id and ranked.choice = 1

),

channels as (

    {{ channel_groups('chosen') }}

),

final as (

    select
        -- ids
        chosen.session_id,
        chosen.actor_id,
        chosen.person_id,

        -- attributes
        chosen.source as session_source,
        chosen.medium as session_medium,
        chosen.campaign as session_campaign,
        chosen.content as session_content,
        chosen.click_id_type,
        channels.channel,
        chosen.source is null and chosen.medium is null as is_direct,
        chosen.is_bot,
        chosen.is_internal,

        -- times
        chosen.session_started_at,
        chosen.input_fingerprint
    from chosen
    inner join channels
        on
            coalesce(chosen.source, '') = channels.source
            and coalesce(chosen.medium, '') = channels.medium
            and coalesce(chosen.campaign, '') = channels.campaign

)

select * from final
