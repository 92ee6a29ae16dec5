-- Grain: one row per day, channel and attribution model (date_on, channel, attribution_model) with
-- anything to say.
with attribution_models (attribution_model) as (

    values ('first'), ('last'), ('linear'), ('position'), ('time_decay')

),

sessions as (

    select * from {{ ref('fct_sessions') }}
    where {{ is_shopper() }}

),

touches as (

    select * from {{ ref('fct_attribution_touches') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale'

),

refunds as (

    select * from {{ ref('fct_refunds') }}

),

rates as (

    select * from {{ ref('int_exchange_rates') }}

),

ad_spend as (

    select * from {{ ref('int_ad_spend') }}

),

channel_rules as (

    select * from {{ ref('channel_rules') }}

),

source_categories as (

    select * from {{ ref('source_categories') }}

),

-- What changes the net sales of an order, on its own day: the sale, refunds, a cancellation.
sold as (

    select
        orders.order_id,
        orders.ordered_on,
        orders.net_total_reporting,
        coalesce(sum(items.line_total_reporting), 0) as sales_total
    from orders
    left join items on orders.order_id = items.order_id
    where orders.is_sold and orders.net_total_reporting is not null
    group by orders.order_id, orders.ordered_on, orders.net_total_reporting

),

-- A credit document takes back a sale where one was found for it, else nobody's.
refunded as (

    select
        refunds.refunded_on,
        refunds.amount_reporting,
        case
            when documents.is_credit then coalesce(credited.order_id, 'credit ' || refunds.order_id)
            else refunds.order_id
        end as order_id
    from refunds
    inner join orders as documents
        on
            refunds.order_id = documents.order_id
            and (documents.is_sold or documents.is_credit)
            and documents.net_total_reporting is not null
    left join sold as credited on refunds.original_order_id = credited.order_id

),

cancellations as (

    select * from {{ ref('int_orders__cancellations') }}

),

moves as (

    select
        order_id,
        ordered_on as moved_on,
        sales_total as amount
    from sold
    union all
    select
        order_id,
        refunded_on as moved_on,
        -amount_reporting as amount
    from refunded
    union all
    select
        sold.order_id,
        {{ local_day('cancellations.event_at') }} as moved_on,
        -cancellations.amount_reporting as amount
    from sold
    inner join cancellations on sold.order_id = cancellations.order_id

),

days as (

    select
        order_id,
        moved_on,
        -- Where a cancellation's day lacks a rate, and the order none of its amounts, its steps
        -- come to nothing.
        cast(coalesce(sum(amount), 0) as decimal(28, 8)) as amount
    from moves
    group by order_id, moved_on

),

-- Net sales after each day, so that the days' parts of a visit add up to the parts of their sum.
net as (

    select
        order_id,
        moved_on,
        amount,
        cast(sum(amount) over upto as decimal(28, 8)) as net_total,
        cast(sum(amount) over upto - amount as decimal(28, 8)) as net_total_before
    from days
    window upto as (
        partition by order_id
        order by moved_on asc
        rows between unbounded preceding and current row
    )

),

-- Most orders move once, by all that they bring, of which each touch has its part already.
moved_apart as (

    select net.order_id
    from net
    left join sold on net.order_id = sold.order_id
    where
        net.net_total_before is distinct from 0
        or net.net_total is distinct from sold.net_total_reporting
    group by net.order_id

),

weighted as (

    select
        touches.order_id,
        touches.attribution_model,
        touches.touch_number,
        touches.touch_weight,
        cast(sum(touches.touch_weight) over upto as {{ sql_type('hugeint') }}) as weight_upto,
        cast(sum(touches.touch_weight) over whole as {{ sql_type('hugeint') }}) as weight_total
    from touches
    inner join moved_apart on touches.order_id = moved_apart.order_id
    window
        upto as (
            partition by touches.order_id, touches.attribution_model
            order by touches.touch_number asc
            rows between unbounded preceding and current row
        ),
        whole as (partition by touches.order_id, touches.attribution_model)

),

shared as (

    select
        net.moved_on as date_on,
        coalesce(touches.channel, 'Unattributed') as channel,
        coalesce(touches.attribution_model, attribution_models.attribution_model)
            as attribution_model,
        case
            when touches.order_id is null then net.amount
            when weighted.order_id is null then touches.attributed_total_reporting
            when weighted.touch_weight = 0 then 0
            when weighted.touch_weight = weighted.weight_total then net.amount
            else
                {{ attributed(
                    'net.net_total', 'weighted.weight_upto', 'weighted.weight_total', 8
                ) }}
                - {{ attributed(
                    'net.net_total', 'weighted.weight_upto - weighted.touch_weight',
                    'weighted.weight_total', 8
                ) }}
                - {{ attributed(
                    'net.net_total_before', 'weighted.weight_upto', 'weighted.weight_total', 8
                ) }}
                + {{ attributed(
                    'net.net_total_before', 'weighted.weight_upto - weighted.touch_weight',
                    'weighted.weight_total', 8
                ) }}
        end as net_total
    from net
    cross join attribution_models
    left join touches
        on
            net.order_id = touches.order_id
            and attribution_models.attribution_model = touches.attribution_model
    left join weighted
        on
            touches.order_id = weighted.order_id
            and touches.attribution_model = weighted.attribution_model
            and touches.touch_number = weighted.touch_number

),

spent as (

    select
        ad_spend.spend_on,
        ad_spend.spend_source,
        ad_spend.spend_medium,
        ad_spend.spend_campaign,
        ad_spend.impression_count,
        ad_spend.click_count,
        {{ in_reporting_currency(
            'ad_spend.cost', 'ad_spend.currency', 'rates.rate', 'reporting_rates.rate'
        ) }} as cost_reporting
    from ad_spend
    {{ join_rates('ad_spend', 'spend_on') }}

),

spend_channels as (

    {{ channel_groups('spent', 'spend_source', 'spend_medium', 'spend_campaign') }}

),

parts as (

    select
        sessions.session_started_on as date_on,
        sessions.channel,
        attribution_models.attribution_model,
        count(*) as session_count,
        0 as order_count,
        0 as unrated_order_count,
        0 as net_total,
        null as spend_total,
        null as impression_count,
        null as click_count,
        0 as unrated_spend_count
    from sessions
    cross join attribution_models
    group by sessions.session_started_on, sessions.channel, attribution_models.attribution_model
    union all
    select
        touches.ordered_on as date_on,
        touches.channel,
        touches.attribution_model,
        0 as session_count,
        sum(touches.credit) as order_count,
        sum(case when touches.attributed_total_reporting is null then touches.credit else 0 end)
            as unrated_order_count,
        0 as net_total,
        null as spend_total,
        null as impression_count,
        null as click_count,
        0 as unrated_spend_count
    from touches
    group by touches.ordered_on, touches.channel, touches.attribution_model
    union all
    select
        date_on,
        channel,
        attribution_model,
        0 as session_count,
        0 as order_count,
        0 as unrated_order_count,
        sum(net_total) as net_total,
        null as spend_total,
        null as impression_count,
        null as click_count,
        0 as unrated_spend_count
    from shared
    group by date_on, channel, attribution_model
    union all
    select
        spent.spend_on as date_on,
        spend_channels.channel,
        attribution_models.attribution_model,
        0 as session_count,
        0 as order_count,
        0 as unrated_order_count,
        0 as net_total,
        sum(spent.cost_reporting) as spend_total,
        sum(spent.impression_count) as impression_count,
        sum(spent.click_count) as click_count,
        count(case when spent.cost_reporting is null then 1 end) as unrated_spend_count
    from spent
    inner join spend_channels
        on
            coalesce(spent.spend_source, '') = spend_channels.source
            and coalesce(spent.spend_medium, '') = spend_channels.medium
            and coalesce(spent.spend_campaign, '') = spend_channels.campaign
    cross join attribution_models
    group by spent.spend_on, spend_channels.channel, attribution_models.attribution_model

),

summed as (

    select
        date_on,
        channel,
        attribution_model,
        sum(session_count) as session_count,
        sum(order_count) as order_count,
        sum(unrated_order_count) as unrated_order_count,
        sum(net_total) as net_total,
        sum(spend_total) as spend_total,
        sum(impression_count) as impression_count,
        sum(click_count) as click_count,
        sum(unrated_spend_count) as unrated_spend_count
    from parts
    group by date_on, channel, attribution_model

),

final as (

    select
        -- ids
        date_on,
        channel,
        attribution_model,

        -- measures
        cast(session_count as integer) as session_count,
        cast(order_count as decimal(28, 12)) as order_count,
        cast(unrated_order_count as decimal(28, 12)) as unrated_order_count,
        cast(net_total as decimal(28, 8)) as net_total_reporting,
        cast(spend_total as decimal(28, 8)) as spend_total_reporting,
        cast(impression_count as bigint) as impression_count,
        cast(click_count as bigint) as click_count,
        cast(unrated_spend_count as integer) as unrated_spend_count,
        -- A cost without a rate is missing in the spend: the quotient would praise the channel.
        case
            when unrated_spend_count = 0
                then cast(net_total as double) / nullif(cast(spend_total as double), 0)
        end as roas
    from summed

)

select * from final
