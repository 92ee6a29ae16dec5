-- Grain: one row per user agent (user_agent, exactly as sent) of any event line.
{{ config(materialized='table') }}

with events as (

    {{ union_feeds('int_events', {'user_agent': 'varchar'}, only_accepted=false) }}

),

rules as (

    select * from {{ ref('user_agent_rules') }}

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

final as (

    select
        user_agents.user_agent,
        coalesce(matched.is_bot, false) as is_bot,
        matched.reason as bot_reason
    from user_agents
    left join matched on user_agents.user_agent = matched.user_agent and matched.choice = 1

)

select * from final
