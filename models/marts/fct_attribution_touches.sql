-- Grain: one row per sold order, attribution model and visit it is credited to (order_id,
-- attribution_model, touch_number); an order without such a visit has one row a model.
{{ keyed_by('person_id', inputs=['int_orders__conversions']) }}

{%- set days = var('attribution_window_days') -%}
{%- set half_life = var('attribution_half_life_days') -%}
{{- require_positive_int('fct_attribution_touches', 'attribution_window_days', days) -}}
{{- require_positive_int('fct_attribution_touches', 'attribution_half_life_days', half_life) -}}

with changed as (

    select * from {{ changed_keys() }}

),

orders as (

    select
        orders.order_id,
        orders.person_id,
        orders.currency,
        orders.net_total,
        orders.net_total_reporting,
        orders.ordered_on,
        orders.ordered_at,
        changed.input_fingerprint
    from {{ ref('int_orders__conversions') }} as orders
    inner join changed on orders.person_id = changed.person_id

),

sessions as (

    select sessions.*
    from {{ ref('int_sessions__sources') }} as sessions
    inner join changed on sessions.person_id = changed.person_id
    where
        not sessions.is_bot
        {{ 'and sessions.is_internal is not true' if var('exclude_internal') }}

),

attribution_models (attribution_model) as (

    values ('first'), ('last'), ('linear'), ('position'), ('time_decay')

),

paired as (

    select
        orders.order_id,
        sessions.session_id,
        sessions.channel,
        sessions.session_source,
        sessions.session_medium,
        sessions.session_campaign,
        sessions.is_direct,
        sessions.session_started_at,
        bool_and(sessions.is_direct) over (partition by orders.order_id) as is_all_direct,
        {{ epoch_us('orders.ordered_at') }} - {{ epoch_us('sessions.session_started_at') }}
            as age_us
    from orders
    inner join sessions
        on
            orders.person_id = sessions.person_id
            and sessions.session_started_at >= orders.ordered_at - interval '{{ days }} days'
            and sessions.session_started_at <= orders.ordered_at

),

-- A direct visit says nothing, unless no other does.
touches as (

    select
        *,
        row_number() over (
            partition by order_id
            order by session_started_at asc, session_id asc
        ) as touch_number,
        count(*) over (partition by order_id) as touch_count,
        -- Only ages to each other count, and the newest has the full weight: however long ago, and
        -- however short the half-life, not all weights are rounded to nothing.
        age_us - min(age_us) over (partition by order_id) as decay_us
    from paired
    where not is_direct or is_all_direct

),

-- Whole numbers: their sums are the same in any order.
weighted as (

    select
        orders.order_id,
        orders.person_id,
        orders.currency,
        orders.net_total,
        orders.net_total_reporting,
        orders.ordered_on,
        orders.ordered_at,
        orders.input_fingerprint,
        attribution_models.attribution_model,
        touches.session_id,
        coalesce(touches.channel, 'Unattributed') as channel,
        touches.session_source,
        touches.session_medium,
        touches.session_campaign,
        touches.session_started_at,
        coalesce(touches.touch_number, 1) as touch_number,
        coalesce(touches.touch_count, 1) as touch_count,
        cast(case
            when touches.session_id is null then 1
            when attribution_models.attribution_model = 'first'
                then case when touches.touch_number = 1 then 1 else 0 end
            when attribution_models.attribution_model = 'last'
                then case when touches.touch_number = touches.touch_count then 1 else 0 end
            when attribution_models.attribution_model = 'linear' then 1
            -- 0.4, 0.2 shared by the middle, 0.4, all times 5 * (touch_count - 2).
            when attribution_models.attribution_model = 'position' and touches.touch_count > 2
                then
                    case
                        when touches.touch_number in (1, touches.touch_count)
                            then 2 * (touches.touch_count - 2)
                        else 1
                    end
            when attribution_models.attribution_model = 'position' then 1
            else round(
                1000000000000000
                * power(
                    2, -cast(touches.decay_us as double) / {{ half_life * 24 * 3600 * 1000000 }}
                )
            )
        end as bigint) as touch_weight
    from orders
    cross join attribution_models
    left join touches on orders.order_id = touches.order_id

),

cumulated as (

    select
        *,
        cast(sum(touch_weight) over upto as {{ sql_type('hugeint') }}) as weight_upto,
        cast(sum(touch_weight) over whole as {{ sql_type('hugeint') }}) as weight_total
    from weighted
    window
        upto as (
            partition by order_id, attribution_model
            order by touch_number asc
            rows between unbounded preceding and current row
        ),
        whole as (partition by order_id, attribution_model)

),

shared as (

    select
        *,
        {{ attributed('1', 'weight_upto', 'weight_total', places=12) }}
        - {{ attributed('1', 'weight_upto - touch_weight', 'weight_total', places=12) }} as credit,
        {{ attributed('net_total', 'weight_upto', 'weight_total') }}
        - {{ attributed('net_total', 'weight_upto - touch_weight', 'weight_total') }}
            as attributed_total,
        {{ attributed('net_total_reporting', 'weight_upto', 'weight_total', places=8) }}
        - {{ attributed(
            'net_total_reporting', 'weight_upto - touch_weight', 'weight_total', places=8
        ) }} as attributed_total_reporting
    from cumulated

),

final as (

    select
        -- ids
        order_id,
        attribution_model,
        cast(touch_number as integer) as touch_number,
        person_id,
        session_id,

        -- attributes
        channel,
        session_source,
        session_medium,
        session_campaign,
        currency,
        cast(touch_count as integer) as touch_count,

        -- measures
        touch_weight,
        cast(credit as decimal(18, 12)) as credit,
        cast(attributed_total as decimal(18, 4)) as attributed_total,
        cast(attributed_total_reporting as decimal(28, 8)) as attributed_total_reporting,

        -- times
        session_started_at,
        ordered_on,
        ordered_at,
        input_fingerprint
    from shared

)

select * from final
