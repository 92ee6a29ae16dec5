-- The sessions' purchases, summed, are the purchase events of those sessions, to the last digit.
with sessions as (

    select
        sum(purchase_total_reporting) as purchase_total,
        sum(event_count) as event_count
    from {{ ref('fct_sessions') }}
    where purchase_total_reporting is not null

),

unrated as (

    select session_id from {{ ref('fct_sessions') }}
    where purchase_total_reporting is null

),

events as (

    select
        sum(case when event_type = 'purchase' then event_value_reporting end) as purchase_total,
        count(*) as event_count
    from {{ ref('fct_events') }}
    where session_id is not null and session_id not in (select unrated.session_id from unrated)

)

select
    sessions.purchase_total as session_total,
    events.purchase_total as event_total,
    sessions.event_count as session_events,
    events.event_count as events
from sessions
cross join events
where
    coalesce(sessions.purchase_total, 0) <> coalesce(events.purchase_total, 0)
    or coalesce(sessions.event_count, 0) <> coalesce(events.event_count, 0)
