-- Grain: one row per step of a funnel and value of a breakdown (funnel, breakdown, breakdown_value,
-- step).
{% set funnels = checked_funnels() %}

with units as (

    select * from {{ ref('fct_funnel_units') }}
    where is_complete and not is_excluded

),

steps as (

    {% for funnel in funnels %}
        {% set outer_loop = loop %}
        {% for type in funnel.steps %}
            select
                '{{ funnel.name }}' as funnel,
                {{ loop.index }} as step,
                {% if funnel.mode == 'any_order' %}
                    'any {{ loop.index }}' as step_name
                {% else %}
                    '{{ type }}' as step_name
                {% endif %}
            {{ 'union all' if not (loop.last and outer_loop.last) }}
        {% endfor %}
    {% else %}
        select
            cast(null as {{ sql_type('varchar') }}) as funnel,
            0 as step,
            cast(null as {{ sql_type('varchar') }}) as step_name
        where false
    {% endfor %}

),

-- Every unit once for the whole and once for each breakdown of its funnel.
cut as (

    select
        *,
        'all' as breakdown,
        'all' as breakdown_value
    from units
    {% for funnel in funnels %}
        {% for name in funnel.breakdowns %}
            union all
            select
                *,
                '{{ name }}' as breakdown,
                coalesce({{ name }}, '(none)') as breakdown_value
            from units
            where funnel = '{{ funnel.name }}'
        {% endfor %}
    {% endfor %}

),

timed as (

    select
        cut.funnel,
        cut.breakdown,
        cut.breakdown_value,
        steps.step,
        {% for side in ['step', 'step - 1'] %}
            case steps.{{ side }}
                {% for step in range(1, funnel_step_limit() + 1) %}
                    when {{ step }} then cut.step_{{ step }}_at
                {% endfor %}
            end as {{ 'reached_at' if loop.first else 'previous_at' }},
        {% endfor %}
        cut.step_1_at as entered_at
    from cut
    inner join steps on cut.funnel = steps.funnel and cut.steps_reached >= steps.step

),

measured as (

    select
        *,
        {{ epoch_us('reached_at') }} - {{ epoch_us('previous_at') }} as step_us,
        {{ epoch_us('reached_at') }} - {{ epoch_us('entered_at') }} as total_us
    from timed

),

reached as (

    select
        funnel,
        breakdown,
        breakdown_value,
        step,
        count(*) as reached_count,
        -- Whole microseconds add up to the same in any order.
        median(cast(step_us as double)) as median_step_us,
        cast(sum(step_us) as double) / count(step_us) as mean_step_us,
        median(cast(total_us as double)) as median_total_us,
        cast(sum(total_us) as double) / count(*) as mean_total_us
    from measured
    group by funnel, breakdown, breakdown_value, step

),

-- A step that nobody reached has its row too.
whole as (

    select
        entered.funnel,
        entered.breakdown,
        entered.breakdown_value,
        steps.step,
        steps.step_name,
        entered.reached_count as entered_count,
        coalesce(reached.reached_count, 0) as reached_count,
        reached.median_step_us,
        reached.mean_step_us,
        reached.median_total_us,
        reached.mean_total_us,
        lag(coalesce(reached.reached_count, 0)) over (
            partition by entered.funnel, entered.breakdown, entered.breakdown_value
            order by steps.step asc
        ) as previous_count
    from reached as entered
    inner join steps on entered.funnel = steps.funnel
    left join reached
        on
            entered.funnel = reached.funnel
            and entered.breakdown = reached.breakdown
            and entered.breakdown_value = reached.breakdown_value
            and steps.step = reached.step
    where entered.step = 1

),

final as (

    select
        -- ids
        funnel,
        breakdown,
        breakdown_value,
        cast(step as integer) as step,

        -- attributes
        step_name,

        -- measures
        cast(reached_count as bigint) as reached_count,
        cast(case
            when step = 1 then 1
            else {{ exact_ratio('reached_count', '1', 'nullif(previous_count, 0)') }}
        end as decimal(18, 8)) as step_rate,
        cast({{ exact_ratio('reached_count', '1', 'entered_count') }} as decimal(18, 8))
            as overall_rate,
        case when step > 1 then median_step_us / 1000000.0 end as median_step_seconds,
        case when step > 1 then mean_step_us / 1000000.0 end as mean_step_seconds,
        case when step > 1 then median_total_us / 1000000.0 end as median_total_seconds,
        case when step > 1 then mean_total_us / 1000000.0 end as mean_total_seconds
    from whole

)

select * from final
