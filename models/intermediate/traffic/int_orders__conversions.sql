-- Grain: one row per sold order (order_id), with the person to whose visits it is credited.
{{ config(materialized='table') }}

with orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold

),

sessions as (

    select * from {{ ref('int_sessions__sources') }}

),

-- A guest is known by the visit in which the order was placed.
placed as (

    select
        placed.order_id,
        sessions.person_id
    from {{ ref('int_orders__placed') }} as placed
    inner join sessions on placed.session_id = sessions.session_id

),

credited as (

    select
        orders.order_id,
        orders.currency,
        orders.net_total,
        orders.net_total_reporting,
        orders.ordered_on,
        orders.ordered_at,
        -- A guest of whom no visit is known is nobody else.
        coalesce(orders.person_id, placed.person_id, 'order ' || orders.order_id) as person_id
    from orders
    left join placed on orders.order_id = placed.order_id

),

-- All that a visit can lend an order.
visits as (

    select
        person_id,
        {{ fingerprint([
            'session_id', 'channel', 'session_source', 'session_medium', 'session_campaign',
            'is_direct', 'session_started_at',
        ]) }} as part
    from sessions
    where not is_bot {{ 'and is_internal is not true' if var('exclude_internal') }}

),

visitors as (

    select
        person_id,
        count(*) as visit_count,
        sum(cast(part as {{ sql_type('hugeint') }})) as visits_fingerprint
    from visits
    group by person_id

),

final as (

    select
        -- ids
        credited.order_id,
        credited.person_id,

        -- attributes
        credited.currency,

        -- measures
        credited.net_total,
        credited.net_total_reporting,

        -- times
        credited.ordered_on,
        credited.ordered_at,
        orders.input_fingerprint as order_fingerprint,
        {{ fingerprint(['credited.*', 'visitors.visit_count', 'visitors.visits_fingerprint']) }}
            as input_fingerprint
    from credited
    inner join orders on credited.order_id = orders.order_id
    left join visitors on credited.person_id = visitors.person_id

)

select * from final
