-- The expected ids are md5sum's, of the text `actor|event`.
with cases (actor_id, first_event_id, expected) as (

    values
    ('v1', 'e1', '2ed7232c68be883323a7098f6c2f33c6'),
    ('v1', chr(233), '5e8c888b7505620b8b87951f29f19949'),
    (null, 'e1', null)

),

results as (

    select
        *,
        {{ session_id('actor_id', 'first_event_id') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
