-- Grain: one row per kind of cohort and distance (cohort_by, period, cohort_type, mode, k).
with retention as (

    select * from {{ ref('fct_retention') }}

),

totals as (

    select
        cohort_by,
        period,
        cohort_type,
        mode,
        k,
        count(case when is_complete then 1 end) as cohort_count,
        count(case when not is_complete then 1 end) as incomplete_cohort_count,
        coalesce(sum(case when is_complete then size end), 0) as size,
        coalesce(sum(case when is_complete then retained end), 0) as retained
    from retention
    group by cohort_by, period, cohort_type, mode, k

),

final as (

    select
        -- ids
        cohort_by,
        period,
        cohort_type,
        mode,
        k,

        -- measures
        cast(cohort_count as integer) as cohort_count,
        cast(incomplete_cohort_count as integer) as incomplete_cohort_count,
        cast(size as bigint) as size,
        cast(retained as bigint) as retained,
        -- Each cohort weighs as much as it has members.
        cast(retained as double) / nullif(size, 0) as retention_rate
    from totals

)

select * from final
