-- The cohorts of those who came for the first time hold everybody once, all are there in their own
-- period, and the report has the members of all complete cells.
with cells as (

    select * from {{ ref('fct_retention') }}

),

everybody as (

    select
        'purchase' as cohort_by,
        count(distinct customer_id) as unit_count
    from {{ ref('fct_orders') }}
    where is_sold
    union all
    select
        'visit' as cohort_by,
        count(distinct person_id) as unit_count
    from {{ ref('fct_sessions') }}
    where {{ is_shopper() }}

),

periods (period) as (

    values ('day'), ('week'), ('month')

),

first_comers as (

    select
        cohort_by,
        period,
        sum(size) as size
    from cells
    where k = 0 and mode = 'on' and cohort_type = 'first_time'
    group by cohort_by, period

),

totals as (

    select
        cohort_by,
        period,
        cohort_type,
        mode,
        k,
        count(*) as cohort_count,
        coalesce(sum(case when is_complete then size end), 0) as size,
        coalesce(sum(case when is_complete then retained end), 0) as retained
    from cells
    group by cohort_by, period, cohort_type, mode, k

),

report as (

    select * from {{ ref('rpt_retention') }}

)

select
    'everybody' as what,
    everybody.cohort_by,
    periods.period,
    everybody.unit_count as expected,
    first_comers.size as found
from everybody
cross join periods
left join first_comers
    on everybody.cohort_by = first_comers.cohort_by and periods.period = first_comers.period
where everybody.unit_count <> coalesce(first_comers.size, 0)
union all
select
    'own period' as what,
    cohort_by,
    period,
    size as expected,
    retained as found
from cells
where k = 0 and size <> retained
union all
select
    'report' as what,
    coalesce(totals.cohort_by, report.cohort_by) as cohort_by,
    coalesce(totals.period, report.period) as period,
    totals.retained as expected,
    report.retained as found
from totals
full outer join report
    on
        totals.cohort_by = report.cohort_by
        and totals.period = report.period
        and totals.cohort_type = report.cohort_type
        and totals.mode = report.mode
        and totals.k = report.k
where
    totals.size is distinct from report.size
    or totals.retained is distinct from report.retained
    or totals.cohort_count is distinct from report.cohort_count + report.incomplete_cohort_count
