-- Grain: one row per unit that entered a funnel (funnel, unit_id): a session or a person.
{{ keyed_by('unit_id', inputs=['int_funnels__units']) }}
{% set funnels = checked_funnels() %}

with changed as (

    select * from {{ changed_keys() }}

),

-- Each reader names the table itself: one CTE of all would be held in memory.
{% for funnel in funnels %}
    {% set this = 'funnel_' ~ loop.index %}
    {% set window = "interval '" ~ funnel.window_hours ~ " hours'" %}
    {{ this }}_events as (

        select
            changed.unit_id,
            events.event_id,
            events.event_type,
            events.event_at,
            {% if funnel.mode == 'strict' %}
                case when events.is_automatic then 0 else 1 end as is_act,
                sum(case when events.is_automatic then 0 else 1 end) over in_order as act_count,
            {% endif %}
            row_number() over in_order as position
        from {{ ref('fct_events') }} as events
        inner join changed on {{ funnel_unit_id(funnel.unit, 'events') }} = changed.unit_id
        where
            {{ is_shopper('events') }}
            and (
                events.event_type in ({{ quoted_list(funnel.steps + funnel.exclusions) }})
                -- Strictly, whatever a person does may stand between two steps.
                {% if funnel.mode == 'strict' %} or not events.is_automatic {% endif %}
            )
        window in_order as (
            partition by changed.unit_id
            -- The canonical order of events; the last key is unique.
            order by
                events.event_at asc,
                events.source_seq asc nulls last,
                events.event_rank asc,
                events.event_id asc
        )

    ),

    {% if funnel.mode == 'any_order' %}
        {{ this }}_entered as (

            select
                unit_id,
                min(event_at) as entered_at
            from {{ this }}_events
            where event_type in ({{ quoted_list(funnel.steps) }})
            group by unit_id

        ),

        -- A step that is asked for twice takes two events; further ones are none.
        {{ this }}_copies as (

            select
                steps.*,
                row_number() over (
                    partition by steps.unit_id, steps.event_type order by steps.position asc
                ) as copy_number
            from {{ this }}_events as steps
            inner join {{ this }}_entered as entered on steps.unit_id = entered.unit_id
            where
                steps.event_type in ({{ quoted_list(funnel.steps) }})
                and steps.event_at < entered.entered_at + {{ window }}

        ),

        {{ this }}_taken as (

            select
                *,
                row_number() over (partition by unit_id order by position asc) as step
            from {{ this }}_copies
            where
                {% for type in funnel.steps | unique %}
                    {{ 'or ' if not loop.first -}}
                    event_type = '{{ type }}'
                    and copy_number <= {{ funnel.steps | select('eq', type) | list | length }}
                {% endfor %}

        ),

        {% for type in funnel.steps %}
            {{ this }}_step_{{ loop.index }} as (

                select
                    unit_id,
                    event_id,
                    position,
                    event_at
                from {{ this }}_taken
                where step = {{ loop.index }}

            ),
        {% endfor %}
    {% else %}
        {% for type in funnel.steps %}
            {{ this }}_step_{{ loop.index }} as (

                {% if loop.first %}
                    select
                        unit_id,
                        min_by(event_id, position) as event_id,
                        {% if funnel.mode == 'strict' %}
                            min(act_count) as act_count,
                        {% endif %}
                        min(position) as position,
                        min(event_at) as event_at,
                        min(event_at) as entered_at
                    from {{ this }}_events
                    where event_type = '{{ type }}'
                    group by unit_id
                {% else %}
                    select
                        events.unit_id,
                        min_by(events.event_id, events.position) as event_id,
                        {% if funnel.mode == 'strict' %}
                            min(events.act_count) as act_count,
                        {% endif %}
                        min(events.position) as position,
                        min(events.event_at) as event_at,
                        min(previous.entered_at) as entered_at
                    from {{ this }}_step_{{ loop.index0 }} as previous
                    inner join {{ this }}_events as events
                        on
                            previous.unit_id = events.unit_id
                            and previous.position < events.position
                            and previous.entered_at + {{ window }} > events.event_at
                            {% if funnel.mode == 'strict' %}
                                and previous.act_count = events.act_count - events.is_act
                            {% endif %}
                    where events.event_type = '{{ type }}'
                    group by events.unit_id
                {% endif %}

            ),
        {% endfor %}
    {% endif %}

    -- Between the steps of those who finished, within the window of those who did not.
    {{ this }}_excluded as (

        select distinct events.unit_id
        from {{ this }}_events as events
        inner join {{ this }}_step_1 as entry on events.unit_id = entry.unit_id
        left join {{ this }}_step_{{ funnel.steps | length }} as finish
            on events.unit_id = finish.unit_id
        where
            events.event_type in ({{ quoted_list(funnel.exclusions) }})
            and events.position > entry.position
            and events.event_at < entry.event_at + {{ window }}
            and (finish.position is null or events.position < finish.position)

    ),

    {{ this }}_units as (

        select
            '{{ funnel.name }}' as funnel,
            step_1.unit_id,
            '{{ funnel.unit }}' as unit,
            step_{{ funnel.breakdown_step }}.event_id as breakdown_event_id,
            {{ funnel.steps | length }} as step_count,
            excluded.unit_id is not null as is_excluded,
            coalesce(step_1.event_at + {{ window }} <= {{ watermark('int_events') }}, false)
                as is_complete,
            {% for step in range(1, funnel_step_limit() + 1) %}
                {% if step <= funnel.steps | length %}
                    step_{{ step }}.event_at as step_{{ step }}_at{{ ',' if not loop.last }}
                {% else %}
                    cast(null as timestamp) as step_{{ step }}_at{{ ',' if not loop.last }}
                {% endif %}
            {% endfor %}
        from {{ this }}_step_1 as step_1
        {% for type in funnel.steps[1:] %}
            left join {{ this }}_step_{{ loop.index + 1 }} as step_{{ loop.index + 1 }}
                on step_1.unit_id = step_{{ loop.index + 1 }}.unit_id
        {% endfor %}
        left join {{ this }}_excluded as excluded on step_1.unit_id = excluded.unit_id

    ),
{% endfor %}

units as (

    {% for funnel in funnels %}
        select * from funnel_{{ loop.index }}_units
        {{ 'union all' if not loop.last }}
    {% else %}
        select
            cast(null as {{ sql_type('varchar') }}) as funnel,
            cast(null as {{ sql_type('varchar') }}) as unit_id,
            cast(null as {{ sql_type('varchar') }}) as unit,
            cast(null as {{ sql_type('varchar') }}) as breakdown_event_id,
            0 as step_count,
            false as is_excluded,
            {% for step in range(1, funnel_step_limit() + 1) %}
                cast(null as timestamp) as step_{{ step }}_at,
            {% endfor %}
            false as is_complete
        where false
    {% endfor %}

),

counted as (

    select
        *,
        {% for step in range(1, funnel_step_limit() + 1) %}
            {{ '+ ' if not loop.first -}}
            case when step_{{ step }}_at is not null then 1 else 0 end
        {% endfor %}
            as steps_reached
    from units

),

final as (

    select
        -- ids
        counted.funnel,
        counted.unit_id,

        -- attributes
        counted.unit,
        {% for name in funnel_dimensions() %}
            events.{{ name }},
        {% endfor %}
        counted.steps_reached = counted.step_count as is_converted,
        counted.is_excluded,
        counted.is_complete,

        -- measures
        cast(counted.steps_reached as integer) as steps_reached,

        -- times
        {{ local_day('counted.step_1_at') }} as entered_on,
        {% for step in range(1, funnel_step_limit() + 1) %}
            counted.step_{{ step }}_at,
        {% endfor %}
        changed.input_fingerprint
    from counted
    inner join changed on counted.unit_id = changed.unit_id
    left join {{ ref('fct_events') }} as events on counted.breakdown_event_id = events.event_id

)

select * from final
