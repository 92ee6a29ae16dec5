-- Grain: one row per cohort, mode and distance (cohort_by, period, cohort_type, mode, cohort_on,
-- k). Made anew as a whole: a day more of data adds cells to every cohort.
{% set bounds = [retention_bound('day'), retention_bound('week'), retention_bound('month')] %}
{% set largest = bounds | map('int') | max %}

with orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold and customer_id is not null

),

sessions as (

    select * from {{ ref('fct_sessions') }}
    where {{ is_shopper() }}

),

periods as (

    {% for period in ('day', 'week', 'month') %}
        select
            '{{ period }}' as period,
            {{ retention_bound(period) }} as last_k
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

distances as (

    select cast(numbers.k as integer) as k
    from range(0, {{ largest + 1 }}) as numbers (k)

),

watermarks as (

    select
        'purchase' as cohort_by,
        {{ local_day(watermark('int_orders')) }} as watermark_on
    union all
    select
        'visit' as cohort_by,
        {{ local_day(watermark('int_events')) }} as watermark_on

),

days as (

    select
        'purchase' as cohort_by,
        customer_id as unit_id,
        ordered_on as active_on
    from orders
    group by customer_id, ordered_on
    union all
    select
        'visit' as cohort_by,
        person_id as unit_id,
        session_started_on as active_on
    from sessions
    group by person_id, session_started_on

),

-- Short numbers instead of long ids: what follows compares them three times over.
units as (

    select
        cohort_by,
        unit_id,
        cast(row_number() over (order by cohort_by asc, unit_id asc) as integer) as unit_number,
        max(active_on) as last_on
    from days
    group by cohort_by, unit_id

),

numbered as (

    select
        units.unit_number,
        units.last_on,
        days.cohort_by,
        days.active_on,
        lag(days.active_on) over (
            partition by units.unit_number order by days.active_on asc nulls last
        ) as previous_on
    from days
    inner join units on days.cohort_by = units.cohort_by and days.unit_id = units.unit_id

),

-- A series is a unit's days, its weeks or its months, each with its first day. Periods are
-- numbered, so that distances are differences.
starts as (

    {% for period in ('day', 'week', 'month') %}
        {% set active_number = period_number("'" ~ period ~ "'", 'active_on') %}
        select
            3 * unit_number + {{ loop.index }} as series_number,
            '{{ period }}' as period,
            cohort_by,
            {{ active_number }} as active_number,
            {{ period_number("'" ~ period ~ "'", 'last_on') }} as last_number,
            previous_on is null as is_first,
            active_on
        from numbered
        where
            previous_on is null
            or {{ period_number("'" ~ period ~ "'", 'previous_on') }} < {{ active_number }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- How far away each unit was last seen; further than the last cell counts there.
last_seen as (

    select
        starts.cohort_by,
        starts.period,
        starts.active_number as cohort_number,
        least(starts.last_number - starts.active_number, periods.last_k) as k,
        min(starts.active_on) as active_on,
        count(*) as unit_count,
        count(case when starts.is_first then 1 end) as first_unit_count
    from starts
    inner join periods on starts.period = periods.period
    group by
        starts.cohort_by,
        starts.period,
        starts.active_number,
        least(starts.last_number - starts.active_number, periods.last_k)

),

cohorts as (

    select
        cohort_by,
        period,
        cohort_number,
        {{ period_start('period', 'min(active_on)') }} as cohort_on,
        sum(unit_count) as size,
        sum(first_unit_count) as first_size
    from last_seen
    group by cohort_by, period, cohort_number

),

ends as (

    select
        cohort_by,
        period,
        max(cohort_number) as last_number
    from cohorts
    group by cohort_by, period

),

-- The last period that has cells: that in which the data ends, whether or not anything happened in
-- it.
horizons as (

    select
        ends.cohort_by,
        ends.period,
        watermarks.watermark_on,
        greatest(
            ends.last_number,
            coalesce(
                {{ period_number('ends.period', 'watermarks.watermark_on') }}, ends.last_number
            )
        ) as last_number
    from ends
    inner join watermarks on ends.cohort_by = watermarks.cohort_by

),

cells as (

    select
        cohorts.*,
        distances.k,
        {{ period_start_after('cohorts.period', 'cohorts.cohort_on', 'distances.k + 1') }}
        <= horizons.watermark_on as is_complete
    from cohorts
    inner join periods on cohorts.period = periods.period
    inner join horizons
        on cohorts.cohort_by = horizons.cohort_by and cohorts.period = horizons.period
    inner join distances
        on
            periods.last_k >= distances.k
            and cohorts.cohort_number + distances.k <= horizons.last_number

),

-- Who came again in a later period; most never do.
returned_on as (

    select
        starts.cohort_by,
        starts.period,
        starts.active_number as cohort_number,
        returns.active_number - starts.active_number as k,
        count(*) as retained,
        count(case when starts.is_first then 1 end) as first_retained
    from starts
    inner join periods on starts.period = periods.period
    inner join starts as returns
        on
            starts.series_number = returns.series_number
            and starts.active_number < returns.active_number
            and starts.active_number + periods.last_k >= returns.active_number
    where starts.active_number < starts.last_number and not returns.is_first
    group by
        starts.cohort_by,
        starts.period,
        starts.active_number,
        returns.active_number - starts.active_number

),

counted as (

    select
        cells.*,
        case when cells.k = 0 then cells.size else coalesce(returned_on.retained, 0) end
            as retained,
        case when cells.k = 0 then cells.first_size else coalesce(returned_on.first_retained, 0) end
            as first_retained,
        sum(coalesce(last_seen.unit_count, 0)) over farther as retained_after,
        sum(coalesce(last_seen.first_unit_count, 0)) over farther as first_retained_after
    from cells
    left join returned_on
        on
            cells.cohort_by = returned_on.cohort_by
            and cells.period = returned_on.period
            and cells.cohort_number = returned_on.cohort_number
            and cells.k = returned_on.k
    left join last_seen
        on
            cells.cohort_by = last_seen.cohort_by
            and cells.period = last_seen.period
            and cells.cohort_number = last_seen.cohort_number
            and cells.k = last_seen.k
    window farther as (
        partition by cells.cohort_by, cells.period, cells.cohort_number
        order by cells.k desc nulls last
        rows between unbounded preceding and current row
    )

),

typed as (

    {% for type, mode, size, retained in [
        ('recurring', 'on', 'size', 'retained'),
        ('recurring', 'on_or_after', 'size', 'retained_after'),
        ('first_time', 'on', 'first_size', 'first_retained'),
        ('first_time', 'on_or_after', 'first_size', 'first_retained_after'),
    ] %}
        select
            cohort_by,
            period,
            '{{ type }}' as cohort_type,
            '{{ mode }}' as mode,
            cohort_on,
            k,
            is_complete,
            {{ size }} as size,
            {{ retained }} as retained
        from counted
        where {{ size }} > 0
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        -- ids
        cohort_by,
        period,
        cohort_type,
        mode,
        cohort_on,
        k,

        -- attributes
        coalesce(is_complete, false) as is_complete,

        -- measures
        cast(size as integer) as size,
        cast(retained as integer) as retained,
        cast(retained as double) / size as retention_rate
    from typed

)

select * from final
