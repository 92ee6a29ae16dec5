-- As far as the share says, to the last digit what NumPy makes of it; of equal ones exactly they.
with cases (name, below, above, share, expected) as (

    values
    ('a quarter', 0e0, 10e0, 0.25e0, 2.5e0),
    ('none of it', 3e0, 7e0, 0e0, 3e0),
    ('equal', -3e0, -3e0, 0.05e0, -3e0),
    ('equal, from above', 1.1e0, 1.1e0, 0.7e0, 1.1e0),
    ('from the nearer end', 0.1e0, 1.1e0, 0.7e0, 0.8e0),
    ('nothing above', 1e0, null, 0.5e0, null)

),

actual as (

    select
        *,
        {{ interpolated('below', 'above', 'share') }} as found
    from cases

)

select * from actual
where found is distinct from expected
