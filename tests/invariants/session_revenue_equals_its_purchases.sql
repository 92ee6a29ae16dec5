-- A session has the events that name it, and its revenue is that of its purchases to the last
-- digit: null exactly where one of them has a value and no rate.
{{ config(meta={'asked_by': 'actor_id'}) }}
with sessions as (

    select * from {{ ref('fct_sessions') }}

),

events as (

    select
        session_id,
        count(*) as event_count,
        count(case when event_type = 'purchase' then 1 end) as purchase_count,
        coalesce(
            sum(case when event_type = 'purchase' then event_value_reporting end), 0
        ) as purchase_total,
        count(case
            when
                event_type = 'purchase'
                and event_value is not null
                and event_value_reporting is null
                then 1
        end) as unrated_count
    from {{ ref('fct_events') }}
    where session_id is not null
    group by session_id

)

select
    coalesce(sessions.session_id, events.session_id) as session_id,
    sessions.event_count,
    events.event_count as events_found,
    sessions.purchase_count,
    events.purchase_count as purchases_found,
    sessions.purchase_total_reporting,
    events.purchase_total as purchase_total_found,
    events.unrated_count
from sessions
full outer join events on sessions.session_id = events.session_id
where
    sessions.event_count is distinct from events.event_count
    or sessions.purchase_count is distinct from events.purchase_count
    or sessions.purchase_total_reporting is distinct from
    case when events.unrated_count = 0 then events.purchase_total end
