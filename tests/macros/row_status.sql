-- One verdict a row: a replaced file before a fault, a fault before a copy, and always one.
with cases (is_superseded, reject_reasons, copy_number, expected, expected_by_position) as (

    values
    (false, null, 1, 'accepted', 'accepted'),
    (false, null, 2, 'duplicate', 'accepted'),
    (false, null, null, 'accepted', 'accepted'),
    (false, 'missing_time', 1, 'rejected', 'rejected'),
    (false, 'missing_time', 2, 'rejected', 'rejected'),
    (true, null, 1, 'duplicate', 'duplicate'),
    (true, 'missing_time', 2, 'duplicate', 'duplicate')

),

results as (

    select
        *,
        {{ row_status('copy_number > 1') }} as actual,
        {{ row_status() }} as actual_by_position
    from cases

)

select *
from results
where
    actual is distinct from expected
    or actual_by_position is distinct from expected_by_position
