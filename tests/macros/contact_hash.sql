-- The expected hashes are md5sum's, of the text beside them.
with cases (type, contact, expected) as (

    values
    ('email', ' Ann@Example.com ', '257c57037d384ae37ea27a07e8a01665'),  -- ann@example.com
    ('email', 'ann@example.com' || chr(10), '257c57037d384ae37ea27a07e8a01665'),  -- ann@example.com
    ('email', 'a/b(c)@example.com', '7394f05bca751245bbb9cd69ad8fab80'),  -- a/b(c)@example.com
    ('email', 'ann-lee@example.com', 'b792a90e259256802fe1dcd020b28221'),  -- ann-lee@example.com
    ('phone', '+49 (30) 12-3', '579d0367ca0e81d114d62b091e2ae299'),  -- +4930123
    ('phone', '+49.30/12 3', '579d0367ca0e81d114d62b091e2ae299'),  -- +4930123
    ('phone', '(+49) 30 123 priv.', '579d0367ca0e81d114d62b091e2ae299'),  -- +4930123
    ('phone', '4930123', '4468169f45d39fe88463f82bb6f3f226'),  -- 4930123
    ('phone', '030-123', '892472619b0c1f40d364769fe5caa8d4'),  -- 030123
    ('email', '  ', null),
    ('email', null, null),
    ('phone', ' ', null),
    ('phone', '+ (-)', null),
    ('phone', null, null)

),

results as (

    select
        *,
        {{ contact_hash('type', 'contact') }} as actual
    from cases

)

select *
from results
where actual is distinct from expected
