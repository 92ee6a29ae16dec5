-- At each step of each breakdown the report has all units that came so far, at the last one those
-- that converted.
with units as (

    select
        funnel,
        steps_reached,
        count(*) as unit_count,
        count(case when is_converted then 1 end) as converted_count
    from {{ ref('fct_funnel_units') }}
    where is_complete and not is_excluded
    group by funnel, steps_reached

),

report as (

    select
        funnel,
        breakdown,
        step,
        step = max(step) over (partition by funnel) as is_last,
        sum(reached_count) as reached_count
    from {{ ref('rpt_funnels') }}
    group by funnel, breakdown, step

),

counted as (

    select
        report.funnel,
        report.breakdown,
        report.step,
        report.is_last,
        report.reached_count,
        coalesce(sum(units.unit_count), 0) as unit_count,
        coalesce(sum(units.converted_count), 0) as converted_count
    from report
    left join units on report.funnel = units.funnel and report.step <= units.steps_reached
    group by
        report.funnel, report.breakdown, report.step, report.is_last, report.reached_count

)

select
    funnel,
    breakdown,
    step,
    reached_count,
    unit_count,
    converted_count
from counted
where reached_count <> unit_count or (is_last and reached_count <> converted_count)
union all
select
    units.funnel,
    'missing' as breakdown,
    units.steps_reached as step,
    0 as reached_count,
    units.unit_count,
    units.converted_count
from units
left join report
    on
        units.funnel = report.funnel
        and units.steps_reached = report.step
        and report.breakdown = 'all'
where report.funnel is null
