-- Only events of the server stand outside sessions.
{{ config(meta={'asked_by': 'actor_id'}) }}
select
    event_id,
    platform,
    session_id
from {{ ref('fct_events') }}
where (platform = 'server') <> (session_id is null)
