-- Between two values as far as the share says, of equal ones exactly they; a null is none of them,
-- and of nothing is none.
with cases (sample, value) as (

    values
    ('three', 0e0),
    ('three', 10e0),
    ('three', 20e0),
    ('three', null),
    ('one', 5e0),
    ('equal', 1.1e0),
    ('equal', 1.1e0),
    ('equal', 1.1e0),
    ('equal', 1.1e0),
    ('none', null)

),

cut as (

    select
        sample,
        {{ quantiles('cast(value as double)', [0.25, 0.9, 0.01]) }} as cuts
    from cases
    group by sample

),

actual as (

    select
        sample,
        {{ list_item('cuts', 1) }} as first_cut,
        {{ list_item('cuts', 2) }} as second_cut,
        {{ list_item('cuts', 3) }} as third_cut,
        {{ list_item('cuts', 4) }} as no_cut
    from cut

),

expected (sample, first_cut, second_cut, third_cut) as (

    values
    ('three', 5e0, 18e0, 0.2e0),
    ('one', 5e0, 5e0, 5e0),
    ('equal', 1.1e0, 1.1e0, 1.1e0),
    ('none', null, null, null)

)

select
    actual.*,
    expected.first_cut as expected_first_cut,
    expected.second_cut as expected_second_cut,
    expected.third_cut as expected_third_cut
from actual
full join expected on actual.sample = expected.sample
where
    actual.first_cut is distinct from expected.first_cut
    or actual.second_cut is distinct from expected.second_cut
    or actual.third_cut is distinct from expected.third_cut
    or actual.no_cut is not null
