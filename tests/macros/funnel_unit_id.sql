-- A session or a person as known now; an event outside sessions belongs to none.
with events (session_id, person_id_asof, person_id_current, session_unit, person_unit) as (

    values
    ('s1', 'then', 'now', 's1', 'now'),
    (null, 'then', 'now', null, 'now')

)

select *
from events
where
    {{ funnel_unit_id('session', 'events') }} is distinct from events.session_unit
    or {{ funnel_unit_id('person', 'events') }} is distinct from events.person_unit
