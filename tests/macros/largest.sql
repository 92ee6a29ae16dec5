-- The two largest, largest first; one that comes twice stands twice, a null is none.
with cases (sample, value) as (

    values
    ('three', 10),
    ('three', 30),
    ('three', 20),
    ('three', null),
    ('twins', 5),
    ('twins', 5),
    ('one', 7),
    ('none', null)

),

found as (

    select
        sample,
        {{ largest('value', 2) }} as values_found
    from cases
    group by sample

),

actual as (

    select
        sample,
        {{ list_item('values_found', 1) }} as first_value,
        {{ list_item('values_found', 2) }} as second_value,
        {{ list_item('values_found', 3) }} as third_value
    from found

),

expected (sample, first_value, second_value) as (

    values
    ('three', 30, 20),
    ('twins', 5, 5),
    ('one', 7, null),
    ('none', null, null)

)

select
    actual.*,
    expected.first_value as expected_first,
    expected.second_value as expected_second
from actual
full join expected on actual.sample = expected.sample
where
    actual.first_value is distinct from expected.first_value
    or actual.second_value is distinct from expected.second_value
    or actual.third_value is not null
