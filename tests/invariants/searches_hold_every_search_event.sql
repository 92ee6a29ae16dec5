-- Every search of a visit is there, and those of a visit are numbered 1, 2, 3 … without a gap.
{{ config(meta={'asked_by': 'actor_id'}) }}
with searches as (

    select * from {{ ref('fct_searches') }}

),

events as (

    select
        event_id,
        session_id
    from {{ ref('fct_events') }}
    where
        event_type = 'search'
        and search_term is not null
        and session_id is not null
        and {{ is_shopper() }}

)

select
    events.session_id,
    'lost ' || events.event_id as problem
from events
left join searches on events.event_id = searches.event_id
where searches.event_id is null
union all
select
    session_id,
    'numbered with a gap' as problem
from searches
group by session_id
having
    min(search_number) <> 1
    or max(search_number) <> count(*)
    or count(distinct search_number) <> count(*)
