-- Labels that have not reached their fixed point would split a person, and a guard that failed
-- would show here too. Returns an edge that counts and whose ends are two persons.
select
    edges.identifier_type,
    edges.identifier,
    edges.customer_id,
    left_side.person_id as left_person_id,
    right_side.person_id as right_person_id
from {{ ref('int_identity__edges') }} as edges
inner join {{ ref('int_identity__components') }} as left_side
    on
        edges.identifier_type = left_side.identifier_type
        and edges.identifier = left_side.identifier
inner join {{ ref('int_identity__components') }} as right_side
    on edges.customer_id = right_side.identifier and right_side.identifier_type = 'customer'
where
    edges.suppressed_reason is null
    and left_side.person_id <> right_side.person_id
