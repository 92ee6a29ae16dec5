-- The expected hashes are md5sum's, of the text beside them.
with cases (contact, expected) as (

    values
    (' Ann@Example.com ', '257c57037d384ae37ea27a07e8a01665'),  -- ann@example.com
    ('+49 (30) 123/4', 'b5124e782e89e9eca6f07a50792097f5'),  -- +49301234
    ('  ', null),
    (null, null)

),

results as (

    select
        *,
        {{ contact_hash('contact') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
