{#- CTEs of what is learned about numbers, each with a comma after it. -#}
{% macro _fitted_numbers(numbers) -%}
    {%- set text = footfall.sql_type('varchar') %}
    declared_numbers as (
        {% for one in numbers %}
        select
            '{{ one.feature }}' as feature,
            {{ footfall._literal(one.cap, text) }} as cap,
            {{ one.clips }} as clips,
            {{ footfall._literal(one.fill, text) }} as fill,
            cast({{ one.constant if one.fill == 'constant' else 'null' }} as double) as constant,
            {{ one.log }} as is_logged,
            {{ footfall._literal(one.scale, text) }} as scale,
            {{ footfall._literal(one.scale_count, 'integer') }} as scale_count,
            {{ footfall._literal(one.bins, text) }} as bins,
            {{ footfall._literal(one.bin_count, 'integer') }} as bin_count
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    observed_numbers as (
        {% for one in numbers %}
        select
            '{{ one.feature }}' as feature,
            {{ footfall._read(one) }} as value,
            {{ (one.feature ~ '__last') if one.last_days else 'cast(null as double)' }} as last_value,
            cast({{ one.fill_group or 'null' }} as {{ text }}) as fill_group,
            cast({{ one.fill_parent or 'null' }} as {{ text }}) as fill_parent
        from rows_to_learn_from
        where is_complete_row
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    -- cap
    quantiles_observed as (

        select
            declared_numbers.feature,
            count(observed_numbers.value) as row_count,
            {{ footfall.quantiles('observed_numbers.value', [0.01, 0.25, 0.5, 0.75, 0.99]) }} as percentiles
        from declared_numbers
        left join observed_numbers on declared_numbers.feature = observed_numbers.feature
        where declared_numbers.cap is not null
        group by declared_numbers.feature

    ),

    spreads as (

        select
            feature,
            row_count,
            {%- for name in ['01', '25', '50', '75', '99'] %}
            {{ footfall.list_item('percentiles', loop.index) }} as percentile_{{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from quantiles_observed

    ),

    deviations as (

        select
            spreads.feature,
            percentile_cont(0.50) within group (order by abs(observed_numbers.value - spreads.percentile_50) asc) as mad
        from spreads
        inner join observed_numbers on spreads.feature = observed_numbers.feature
        group by spreads.feature

    ),

    fences as (

        select
            declared_numbers.feature,
            spreads.row_count,
            case declared_numbers.cap
                when 'winsor' then spreads.percentile_01
                when 'tukey' then spreads.percentile_25 - 1.5e0 * (spreads.percentile_75 - spreads.percentile_25)
                -- Without a deviation there is no score, and nothing is an outlier.
                when 'mad' then spreads.percentile_50 - 3.5e0 * (1.4826e0 * nullif(deviations.mad, 0))
            end as lower,
            case declared_numbers.cap
                when 'winsor' then spreads.percentile_99
                when 'tukey' then spreads.percentile_75 + 1.5e0 * (spreads.percentile_75 - spreads.percentile_25)
                when 'mad' then spreads.percentile_50 + 3.5e0 * (1.4826e0 * nullif(deviations.mad, 0))
            end as upper,
            -- Of a column that is nearly always the same, capping would leave nothing.
            declared_numbers.clips
            and not (declared_numbers.cap = 'tukey' and coalesce(spreads.percentile_25 = spreads.percentile_75, false)) as clips
        from declared_numbers
        inner join spreads on declared_numbers.feature = spreads.feature
        left join deviations on declared_numbers.feature = deviations.feature

    ),

    capped as (

        select
            observed_numbers.feature,
            observed_numbers.fill_group,
            observed_numbers.fill_parent,
            case when fences.clips then {{ footfall.clipped('observed_numbers.value', 'fences.lower', 'fences.upper') }}
                else observed_numbers.value end as value,
            case when fences.clips then {{ footfall.clipped('observed_numbers.last_value', 'fences.lower', 'fences.upper') }}
                else observed_numbers.last_value end as last_value
        from observed_numbers
        left join fences on observed_numbers.feature = fences.feature

    ),

    -- impute
    value_counts as (

        select capped.feature, capped.value, count(*) as row_count
        from capped
        inner join declared_numbers on capped.feature = declared_numbers.feature and declared_numbers.fill = 'mode'
        where capped.value is not null
        group by capped.feature, capped.value

    ),

    modes as (

        select feature, value
        from (
            select
                *,
                row_number() over (partition by feature order by row_count desc, value asc nulls last) as position
            from value_counts
        ) as counted
        where position = 1

    ),

    fills as (

        select
            declared_numbers.feature,
            declared_numbers.fill,
            count(capped.value) as row_count,
            -- Nothing was ever seen: 0, as scikit-learn fills an empty column.
            coalesce(
                case declared_numbers.fill
                    when 'mean' then {{ footfall.ordered_sum('capped.value') }} / nullif(count(capped.value), 0)
                    when 'mode' then max(modes.value)
                    when 'constant' then declared_numbers.constant
                    else percentile_cont(0.50) within group (order by capped.value asc)
                end,
                0e0
            ) as value
        from declared_numbers
        left join capped on declared_numbers.feature = capped.feature
        left join modes on declared_numbers.feature = modes.feature
        where declared_numbers.fill is not null
        group by declared_numbers.feature, declared_numbers.fill, declared_numbers.constant

    ),

    group_fills as (

        select
            capped.feature,
            capped.fill_group,
            count(*) as row_count,
            percentile_cont(0.50) within group (order by capped.value asc) as value
        from capped
        where capped.value is not null and capped.fill_group is not null
        group by capped.feature, capped.fill_group

    ),

    parent_fills as (

        select
            capped.feature,
            capped.fill_parent,
            count(*) as row_count,
            percentile_cont(0.50) within group (order by capped.value asc) as value
        from capped
        where capped.value is not null and capped.fill_parent is not null
        group by capped.feature, capped.fill_parent

    ),

    filled as (

        select
            capped.feature,
            coalesce(capped.value, capped.last_value, group_fills.value, parent_fills.value, fills.value) as value
        from capped
        left join fills on capped.feature = fills.feature
        left join group_fills
            on capped.feature = group_fills.feature and capped.fill_group = group_fills.fill_group
        left join parent_fills
            on capped.feature = parent_fills.feature and capped.fill_parent = parent_fills.fill_parent

    ),

    -- log
    logged as (

        select
            filled.feature,
            case when declared_numbers.is_logged then {{ footfall.signed_log('filled.value') }} else filled.value end as value
        from filled
        inner join declared_numbers on filled.feature = declared_numbers.feature

    ),

    -- scale and bin
    quantiles_logged as (

        select
            declared_numbers.feature,
            declared_numbers.scale,
            count(logged.value) as row_count,
            {{ footfall.ordered_sum('logged.value') }} / nullif(count(logged.value), 0) as mean,
            min(logged.value) as least,
            max(logged.value) as greatest,
            {{ footfall.quantiles('logged.value', [0.25, 0.5, 0.75]) }} as percentiles
        from declared_numbers
        left join logged on declared_numbers.feature = logged.feature
        where declared_numbers.scale is not null or declared_numbers.bins is not null
        group by declared_numbers.feature, declared_numbers.scale

    ),

    levels as (

        select
            quantiles_logged.*,
            {%- for name in ['25', '50', '75'] %}
            {{ footfall.list_item('quantiles_logged.percentiles', loop.index) }} as percentile_{{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from quantiles_logged

    ),

    variances as (

        select
            levels.feature,
            {{ footfall.ordered_sum('(logged.value - levels.mean) * (logged.value - levels.mean)') }} / count(*) as variance
        from levels
        inner join logged on levels.feature = logged.feature
        where levels.scale = 'standard' and logged.value is not null
        group by levels.feature

    ),

    scales as (

        select
            levels.feature,
            levels.row_count,
            case levels.scale
                when 'standard' then levels.mean when 'min_max' then levels.least when 'robust' then levels.percentile_50
            end as center,
            -- A column that does not vary is divided by 1. Up to which variance it does not is scikit-learn's bound for
            -- what rounding alone makes of a constant; ranges are held against ten times the machine's precision.
            case
                when levels.scale = 'standard' and variances.variance
                    <= levels.row_count * 2.220446049250313e-16 * variances.variance
                    + power(levels.row_count * levels.mean * 2.220446049250313e-16, 2)
                    then 1e0
                when levels.scale = 'standard' then sqrt(variances.variance)
                when levels.scale = 'min_max' and levels.greatest - levels.least < 2.220446049250313e-15 then 1e0
                when levels.scale = 'min_max' then levels.greatest - levels.least
                when levels.scale = 'robust' and levels.percentile_75 - levels.percentile_25 < 2.220446049250313e-15 then 1e0
                when levels.scale = 'robust' then levels.percentile_75 - levels.percentile_25
            end as scale
        from levels
        left join variances on levels.feature = variances.feature
        where levels.scale in ('standard', 'min_max', 'robust')

    ),
    {% if numbers | selectattr('bins') | list or numbers | selectattr('scale_count') | list %}{{ footfall._fitted_points() }}{% endif %}
{%- endmacro %}

{#- CTEs of the points between which a number lies: those of quantile:<n>, and the edges of bins. -#}
{% macro _fitted_points() %}
    digits as (
        {% for digit in range(10) %}
        select {{ digit }} as digit{{ ' union all' if not loop.last }}
        {%- endfor %}

    ),

    whole_numbers as (

        select ones.digit + 10 * tens.digit + 100 * hundreds.digit as number
        from digits as ones
        cross join digits as tens
        cross join digits as hundreds

    ),

    -- How many points: as many as rows at most, and no more between which nothing lies.
    point_counts as (

        select
            declared_numbers.feature,
            'scale' as step,
            'quantile' as method,
            cast(least(declared_numbers.scale_count, count(*)) - 1 as integer) as last_point
        from declared_numbers
        inner join logged on declared_numbers.feature = logged.feature
        where declared_numbers.scale = 'quantile'
        group by declared_numbers.feature, declared_numbers.scale_count
        union all
        select feature, 'bin' as step, bins as method, bin_count as last_point
        from declared_numbers
        where bins is not null

    ),

    -- Which share of the rows lies before a point. NumPy's operations in NumPy's order: where a point falls on a value, it
    -- equals it to the last digit, and the value is on the same side of it as there.
    shares as (

        select
            point_counts.feature,
            point_counts.step,
            point_counts.method,
            point_counts.last_point,
            whole_numbers.number as point,
            case
                when whole_numbers.number = point_counts.last_point and point_counts.last_point > 0 then 1e0
                when whole_numbers.number = 0 then 0e0
                when point_counts.step = 'bin' then (whole_numbers.number * (1e2 / point_counts.last_point)) / 1e2
                else ((whole_numbers.number * (1e0 / point_counts.last_point)) * 1e2) / 1e2
            end as share
        from point_counts
        inner join whole_numbers on point_counts.last_point >= whole_numbers.number

    ),

    -- Equal values may change places: they are equal.
    ranked as (

        select
            feature,
            value,
            row_number() over (partition by feature order by value asc nulls last) - 1 as position
        from logged
        where value is not null and feature in (select feature from point_counts)

    ),

    placed as (

        select
            shares.*,
            levels.row_count,
            levels.least,
            levels.greatest,
            shares.share * (levels.row_count - 1) as place,
            cast(floor(shares.share * (levels.row_count - 1)) as bigint) as place_before
        from shares
        inner join levels on shares.feature = levels.feature
        where levels.row_count > 0

    ),

    points as (

        select
            placed.feature,
            placed.step,
            placed.method,
            placed.point,
            placed.row_count,
            placed.least,
            placed.greatest,
            case
                when placed.method = 'uniform' and placed.point = placed.last_point then placed.greatest
                when placed.method = 'uniform'
                    then placed.point * ((placed.greatest - placed.least) / placed.last_point) + placed.least
                else {{ footfall.interpolated('below.value', 'coalesce(above.value, below.value)', 'placed.place - placed.place_before') }}
            end as value
        from placed
        inner join ranked as below on placed.feature = below.feature and placed.place_before = below.position
        left join ranked as above on placed.feature = above.feature and placed.place_before + 1 = above.position

    ),

    edges as (

        select
            feature,
            row_number() over (partition by feature order by point asc nulls last) - 1 as edge,
            value,
            row_count
        from (
            select
                *,
                value - lag(value) over (partition by feature order by point asc nulls last) as width
            from points
            where step = 'bin'
        ) as measured
        -- A constant has one bin; narrow bins between quantiles join the one before.
        where point = 0 or (least < greatest and (method = 'uniform' or width > 1e-8))

    ),
{% endmacro %}

{#- Rows of what was learned about numbers, each select with `union all` before it. -#}
{% macro _number_statistics(numbers) %}
        {%- for stat in ['lower', 'upper', 'clips'] %}
        union all
        select feature, 'cap', null, '{{ stat }}', {{ 'case when clips then 1e0 else 0e0 end' if stat == 'clips' else stat }}, null, row_count
        from fences
        {%- endfor %}
        union all
        select feature, 'impute', null, case when fill = 'group_median' then 'median' else fill end, value, null, row_count
        from fills
        {%- for one in numbers if one.fill_group %}
        union all
        select feature, 'impute', fill_group, 'group_median', value, null, row_count
        from group_fills
        where feature = '{{ one.feature }}'
        {%- if one.fill_parent %}
        union all
        select feature, 'impute', fill_parent, 'parent_median', value, null, row_count
        from parent_fills
        where feature = '{{ one.feature }}'
        {%- endif %}
        {%- endfor %}
        {%- for stat in ['center', 'scale'] %}
        union all
        select feature, 'scale', null, '{{ stat }}', {{ stat }}, null, row_count
        from scales
        {%- endfor %}
        {%- if numbers | selectattr('scale_count') | list %}
        union all
        select feature, 'scale', cast(point as {{ footfall.sql_type('varchar') }}), 'quantile', value, null, row_count
        from points
        where step = 'scale'
        {%- endif %}
        {%- if numbers | selectattr('bins') | list %}
        union all
        select feature, 'bin', cast(edge as {{ footfall.sql_type('varchar') }}), 'edge', value, null, row_count
        from edges
        {%- endif %}
{%- endmacro %}

{#- A text or a number of the plan in SQL, typed also where it is null. -#}
{% macro _literal(value, type) -%}
    {%- if value is none -%} cast(null as {{ type }})
    {%- elif value is string -%} '{{ value | replace("'", "''") }}'
    {%- else -%} {{ value }}
    {%- endif -%}
{%- endmacro %}
