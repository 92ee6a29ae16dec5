-- The list that settings are checked against names exactly what the seed holds.
with listed (event_type) as (

    values
    {% for type in known_event_types() %}
        ('{{ type }}'){{ ',' if not loop.last }}
    {% endfor %}

),

seeded as (

    select event_type from {{ ref('event_types') }}

)

select
    listed.event_type as listed_type,
    seeded.event_type as seeded_type
from listed
full outer join seeded on listed.event_type = seeded.event_type
where listed.event_type is null or seeded.event_type is null
