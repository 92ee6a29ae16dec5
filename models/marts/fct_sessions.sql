-- Grain: one row per session (session_id): one actor's events with no silence longer than the
-- session gap.
{{ keyed_by('actor_id', inputs=[
    {'model': 'int_sessions__last_non_direct', 'required': true},
    'int_orders__placed',
    {
        'model': 'int_event_items__several',
        'fingerprint': fingerprint(['event_id', 'product_id']),
    },
]) }}

with events as (

    select
        events.*,
        changed.input_fingerprint as session_fingerprint
    from {{ ref('fct_events') }} as events
    inner join {{ changed_keys() }} as changed on events.actor_id = changed.actor_id
    where events.session_id is not null

),

capped as (

    select distinct session_events.session_id
    from {{ ref('int_sessions__events') }} as session_events
    inner join {{ changed_keys() }} as changed on session_events.actor_id = changed.actor_id
    where session_events.is_capped

),

sources as (

    select
        sources.session_id,
        sources.session_source,
        sources.session_medium,
        sources.session_campaign,
        sources.session_content,
        sources.click_id_type,
        sources.channel
    from {{ ref('int_sessions__sources') }} as sources
    inner join {{ changed_keys() }} as changed on sources.actor_id = changed.actor_id

),

last_non_direct as (

    select
        last_non_direct.session_id,
        last_non_direct.last_non_direct_source,
        last_non_direct.last_non_direct_medium,
        last_non_direct.last_non_direct_campaign,
        last_non_direct.last_non_direct_channel
    from {{ ref('int_sessions__last_non_direct') }} as last_non_direct
    inner join {{ changed_keys() }} as changed on last_non_direct.actor_id = changed.actor_id

),

-- Each order once, in the visit that was the first to name it.
orders as (

    select
        placed.session_id,
        count(*) as order_count,
        count(placed.net_total_reporting) as rated_order_count,
        sum(placed.net_total_reporting) as net_total_reporting
    from {{ ref('int_orders__placed') }} as placed
    inner join {{ changed_keys() }} as changed on placed.actor_id = changed.actor_id
    group by placed.session_id

),

-- Few events have several products: only their sessions are counted once more. The events are
-- named anew, as a CTE that is read twice would be held in memory.
several as (

    select
        events.session_id,
        items.product_id
    from {{ ref('int_event_items__several') }} as items
    inner join {{ changed_keys() }} as changed on items.actor_id = changed.actor_id
    inner join {{ ref('fct_events') }} as events on items.event_id = events.event_id
    where events.session_id is not null

),

products as (

    select
        session_id,
        count(distinct product_id) as product_count
    from (
        select * from several
        union all
        select
            events.session_id,
            events.product_id
        from {{ ref('fct_events') }} as events
        inner join (select distinct session_id from several) as known
            on events.session_id = known.session_id
        where events.product_id is not null
    ) as named
    group by session_id

),

measured as (

    select
        session_id,
        min(actor_id) as actor_id,
        min(session_fingerprint) as input_fingerprint,
        min(visitor_id) as visitor_id,
        -- The account that was last seen in the session; a shared device keeps its sessions apart
        -- by silence only.
        max_by(customer_id, session_position) filter (where customer_id is not null) as customer_id,
        coalesce(
            max_by(person_id_current, session_position) filter (where customer_id is not null),
            max_by(person_id_current, session_position)
        ) as person_id,
        min_by(source, session_position) as source,
        min_by(platform, session_position) as platform,
        min_by(device_category, session_position) as device_category,
        -- The first and the last view; a tracker that sends no page views is judged by the items
        -- seen.
        coalesce(
            min_by(page_url, session_position) filter (
                where page_url is not null and event_type in ('page_view', 'screen_view')
            ),
            min_by(page_url, session_position) filter (
                where page_url is not null and event_type = 'view_item'
            )
        ) as landing_page_url,
        coalesce(
            max_by(page_url, session_position) filter (
                where page_url is not null and event_type in ('page_view', 'screen_view')
            ),
            max_by(page_url, session_position) filter (
                where page_url is not null and event_type = 'view_item'
            )
        ) as exit_page_url,
        min_by(page_referrer, session_position) filter (where page_referrer is not null)
            as page_referrer,
        bool_or(is_bot) as is_bot,
        bool_or(is_internal) as is_internal,
        count(*) as event_count,
        count(*) filter (where event_type in ('page_view', 'screen_view')) as page_view_count,
        count(*) filter (where event_type = 'view_item') as view_item_count,
        count(*) filter (where event_type = 'add_to_cart') as add_to_cart_count,
        count(*) filter (where event_type = 'begin_checkout') as begin_checkout_count,
        count(*) filter (where event_type = 'purchase') as purchase_count,
        count(*) filter (where event_type = 'sign_up') as sign_up_count,
        count(distinct product_id) as named_product_count,
        sum(event_value_reporting) filter (where event_type = 'purchase')
            as purchase_total_reporting,
        count(*) filter (
            where
            event_type = 'purchase'
            and event_value is not null
            and event_value_reporting is null
        ) as unrated_count,
        min(event_at) filter (where event_type in ('page_view', 'screen_view')) as page_first_at,
        max(event_at) filter (where event_type in ('page_view', 'screen_view')) as page_last_at,
        min(event_at) filter (where event_type = 'view_item') as item_first_at,
        max(event_at) filter (where event_type = 'view_item') as item_last_at,
        min(event_at) as session_started_at,
        max(event_at) as session_ended_at,
        max(available_at) as available_at
    from events
    group by session_id

),

timed as (

    select
        measured.*,
        {{ seconds_between('session_started_at', 'session_ended_at') }} as duration_seconds,
        coalesce(products.product_count, measured.named_product_count) as product_count,
        -- A tracker that sends no page views is judged by the items seen.
        case
            when measured.page_view_count > 0 then measured.page_view_count
            else measured.view_item_count
        end as view_count,
        case
            when measured.page_view_count > 0
                then {{ seconds_between('measured.page_first_at', 'measured.page_last_at') }}
            else {{ seconds_between('measured.item_first_at', 'measured.item_last_at') }}
        end as views_seconds,
        coalesce(orders.order_count, 0) as order_count,
        -- Null where an order has no rate.
        case
            when coalesce(orders.order_count, 0) = 0 then 0
            when orders.rated_order_count = orders.order_count then orders.net_total_reporting
        end as net_total_reporting,
        capped.session_id is not null as is_capped,
        sources.session_source,
        sources.session_medium,
        sources.session_campaign,
        sources.session_content,
        sources.click_id_type,
        sources.channel,
        last_non_direct.last_non_direct_source,
        last_non_direct.last_non_direct_medium,
        last_non_direct.last_non_direct_campaign,
        last_non_direct.last_non_direct_channel
    from measured
    left join products on measured.session_id = products.session_id
    left join capped on measured.session_id = capped.session_id
    left join orders on measured.session_id = orders.session_id
    left join sources on measured.session_id = sources.session_id
    left join last_non_direct on measured.session_id = last_non_direct.session_id

),

judged as (

    select
        *,
        duration_seconds > {{ whole_var('engaged_seconds', least=0) }}
        or view_count >= 2
        or purchase_count + sign_up_count >= 1 as is_engaged
    from timed

),

final as (

    select
        -- ids
        session_id,
        visitor_id,
        customer_id,
        actor_id,
        person_id,

        -- attributes
        source,
        platform,
        device_category,
        landing_page_url,
        exit_page_url,
        page_referrer,
        session_source,
        session_medium,
        session_campaign,
        session_content,
        click_id_type,
        channel,
        last_non_direct_source,
        last_non_direct_medium,
        last_non_direct_campaign,
        last_non_direct_channel,
        is_engaged,
        not is_engaged as is_bounce,
        event_count > 1 as has_duration,
        is_capped,
        is_bot,
        is_internal,

        -- measures
        duration_seconds,
        cast(event_count as integer) as event_count,
        cast(page_view_count as integer) as page_view_count,
        cast(view_item_count as integer) as view_item_count,
        cast(add_to_cart_count as integer) as add_to_cart_count,
        cast(begin_checkout_count as integer) as begin_checkout_count,
        cast(purchase_count as integer) as purchase_count,
        cast(product_count as integer) as product_count,
        cast(order_count as integer) as order_count,
        -- How long the last view was looked at is not known.
        case when view_count > 1 then views_seconds / (view_count - 1) end as mean_view_seconds,
        cast(case
            when unrated_count = 0 then coalesce(purchase_total_reporting, 0)
        end as decimal(28, 8)) as purchase_total_reporting,
        cast(net_total_reporting as decimal(28, 8)) as net_total_reporting,

        -- times
        {{ local_day('session_started_at') }} as session_started_on,
        session_started_at,
        session_ended_at,
        available_at,
        input_fingerprint
    from judged

)

select * from final
