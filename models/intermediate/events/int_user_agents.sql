-- Grain: one row per user agent (user_agent, exactly as sent) of any event line.
{{ config(materialized='table') }}

with events as (

    {{ union_feeds('int_events', {'user_agent': 'varchar'}, only_accepted=false) }}

),

rules as (

    select * from {{ ref('user_agent_rules') }}

),

families as (

    select * from {{ ref('user_agent_families') }}

),

user_agents as (

    select distinct user_agent from events
    where user_agent is not null

),

matched as (

    select
        user_agents.user_agent,
        rules.is_bot,
        rules.reason,
        row_number() over (partition by user_agents.user_agent order by rules.priority asc)
            as choice
    from user_agents
    inner join rules on {{ contains_match('lower(user_agents.user_agent)', 'rules.pattern') }}

),

families_matched as (

    select
        user_agents.user_agent,
        families.attribute,
        families.value,
        row_number() over (
            partition by user_agents.user_agent, families.attribute
            order by families.priority asc
        ) as choice
    from user_agents
    inner join families
        on {{ contains_match('lower(user_agents.user_agent)', 'families.pattern') }}

),

described as (

    select
        user_agent,
        max(case when attribute = 'device_category' then value end) as device_category,
        max(case when attribute = 'browser' then value end) as browser,
        max(case when attribute = 'operating_system' then value end) as operating_system
    from families_matched
    where choice = 1
    group by user_agent

),

judged as (

    select
        user_agents.user_agent,
        coalesce(matched.is_bot, false) as is_bot,
        matched.reason as bot_reason,
        case when matched.is_bot then 'bot' else coalesce(described.device_category, 'other') end
            as device_category,
        coalesce(described.browser, 'other') as browser,
        coalesce(described.operating_system, 'other') as operating_system
    from user_agents
    left join matched on user_agents.user_agent = matched.user_agent and matched.choice = 1
    left join described on user_agents.user_agent = described.user_agent

),

final as (

    select
        user_agent,
        is_bot,
        bot_reason,
        device_category,
        browser,
        operating_system,
        {{ fingerprint([
            'is_bot', 'bot_reason', 'device_category', 'browser', 'operating_system',
        ]) }} as agent_fingerprint
    from judged

)

select * from final
