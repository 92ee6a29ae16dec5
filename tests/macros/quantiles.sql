-- Between two values as far as the share says; a null is none of them, and of nothing there is none.
with cases as (

    select 'three' as sample, 0.0 as value
    union all
    select 'three' as sample, 10.0 as value
    union all
    select 'three' as sample, 20.0 as value
    union all
    select 'three' as sample, null as value
    union all
    select 'one' as sample, 5.0 as value
    union all
    select 'none' as sample, null as value

),

cut as (

    select
        sample,
        {{ quantiles('cast(value as double)', [0.25, 0.9]) }} as cuts
    from cases
    group by sample

),

actual as (

    select
        sample,
        {{ list_item('cuts', 1) }} as first_cut,
        {{ list_item('cuts', 2) }} as second_cut,
        {{ list_item('cuts', 3) }} as no_cut
    from cut

),

expected as (

    select 'three' as sample, 5.0 as first_cut, 18.0 as second_cut
    union all
    select 'one' as sample, 5.0 as first_cut, 5.0 as second_cut
    union all
    select 'none' as sample, null as first_cut, null as second_cut

)

select
    actual.*,
    expected.first_cut as expected_first_cut,
    expected.second_cut as expected_second_cut
from actual
full join expected on actual.sample = expected.sample
where
    actual.first_cut is distinct from expected.first_cut
    or actual.second_cut is distinct from expected.second_cut
    or actual.no_cut is not null
