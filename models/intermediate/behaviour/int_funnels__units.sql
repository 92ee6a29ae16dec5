-- Grain: one row per unit that entered a funnel (funnel, unit_id), with the fingerprint of all that
-- decides how far it came.
-- A view: it is read once a build, by fct_funnel_units.
{% set funnels = checked_funnels() %}

with final as (

    {% for funnel in funnels %}
        {% set entries = funnel.steps if funnel.mode == 'any_order' else funnel.steps[:1] %}
        {% set entered_at %}
            min(case when event_type in ({{ quoted_list(entries) }}) then event_at end)
        {% endset %}
        select
            '{{ funnel.name }}' as funnel,
            {{ funnel_unit_id(funnel.unit, 'events') }} as unit_id,
            {{ fingerprint([
                'count(*)',
                'sum(cast(input_fingerprint as ' ~ sql_type('hugeint') ~ '))',
                entered_at ~ ' + interval \'' ~ funnel.window_hours ~ ' hours\' <= '
                ~ watermark('int_events'),
            ]) }} as input_fingerprint
        -- From the model itself: read by several funnels, events would be held in memory.
        from {{ ref('fct_events') }} as events
        where
            {{ is_shopper('events') }}
            and {{ funnel_unit_id(funnel.unit, 'events') }} is not null
            -- Strictly, whatever a person does may stand between two steps.
            and (
                event_type in ({{ quoted_list(funnel.steps + funnel.exclusions) }})
                {% if funnel.mode == 'strict' %} or not is_automatic {% endif %}
            )
        group by {{ funnel_unit_id(funnel.unit, 'events') }}
        having {{ entered_at }} is not null
        {{ 'union all' if not loop.last }}
    {% else %}
        select
            cast(null as {{ sql_type('varchar') }}) as funnel,
            cast(null as {{ sql_type('varchar') }}) as unit_id,
            cast(null as {{ sql_type('ubigint') }}) as input_fingerprint
        where false
    {% endfor %}

)

select * from final
