-- Grain: one row per cart (cart_id): of one actor, from its first product until it is bought, empty
-- or forgotten.
{{ keyed_by('actor_id', inputs=['int_carts__actors']) }}

with changed as (

    select * from {{ changed_keys() }}

),

events as (

    select events.*
    from {{ ref('fct_events') }} as events
    inner join changed on events.actor_id = changed.actor_id
    where
        events.event_type in ('add_to_cart', 'remove_from_cart', 'view_cart', 'purchase')
        and {{ is_shopper('events') }}

),

-- Joined here, so that below a key alone is compared.
items as (

    select items.*
    from {{ ref('int_event_items') }} as items
    inner join events on items.event_id = events.event_id
    where events.event_type in ('add_to_cart', 'remove_from_cart')

),

bought as (

    select bought.*
    from {{ ref('int_purchases__products') }} as bought
    inner join changed on bought.actor_id = changed.actor_id

),

-- One row per product put in or taken out; looking at the cart and buying it move none.
moved as (

    select
        events.event_id,
        events.actor_id,
        events.visitor_id,
        events.customer_id,
        events.session_id,
        events.order_id,
        events.source,
        events.platform,
        events.currency,
        events.event_type,
        items.product_id,
        items.unit_price,
        case
            when events.event_type = 'add_to_cart' then coalesce(items.quantity, 0)
            when events.event_type = 'remove_from_cart' then -coalesce(items.quantity, 0)
            else 0
        end as delta,
        events.event_at,
        row_number() over (
            partition by events.actor_id
            -- The canonical order of events, then of the items of one: the two last are unique.
            order by
                events.event_at asc,
                events.source_seq asc nulls last,
                events.event_rank asc,
                events.event_id asc,
                items.item_number asc nulls first
        ) as position
    from events
    left join items on events.event_id = items.event_id

),

followed as (

    select
        *,
        max(case when event_type <> 'purchase' then event_at end) over (
            partition by actor_id order by position asc
            rows between unbounded preceding and 1 preceding
        ) as previous_activity_at,
        case when event_type = 'purchase' then 1 else 0 end as is_purchase
    from moved

),

marked as (

    select
        *,
        case
            when
                is_purchase = 0
                and event_at
                >= previous_activity_at + interval '{{ whole_var("cart_lifetime_hours") }} hours'
                then 1
            else 0
        end as is_after_silence
    from followed

),

-- Nothing of the cart outlives a purchase or a long silence.
cut as (

    select
        *,
        sum(is_after_silence) over (
            partition by actor_id order by position asc
            rows between unbounded preceding and current row
        ) as silence_count,
        coalesce(sum(is_purchase) over (
            partition by actor_id order by position asc
            rows between unbounded preceding and 1 preceding
        ), 0) as purchase_count
    from marked

),

pieces as (

    select
        *,
        silence_count + purchase_count as piece
    from cut

),

summed as (

    select
        *,
        sum(delta) over (
            partition by actor_id, piece, product_id order by position asc
            rows between unbounded preceding and current row
        ) as running_sum
    from pieces

),

-- What is taken out beyond what is there is not owed: the quantity never falls below 0.
reflected as (

    select
        *,
        running_sum - least(0, min(running_sum) over (
            partition by actor_id, piece, product_id order by position asc
            rows between unbounded preceding and current row
        )) as quantity
    from summed

),

changing as (

    select
        *,
        quantity - coalesce(lag(quantity) over (
            partition by actor_id, piece, product_id order by position asc
        ), 0) as change
    from reflected

),

totalled as (

    select
        *,
        sum(change) over (
            partition by actor_id, piece order by position asc
            rows between unbounded preceding and current row
        ) as cart_quantity
    from changing

),

started as (

    select
        *,
        cart_quantity - change = 0 and change > 0 as is_start
    from totalled

),

numbered as (

    select
        *,
        -- Between two carts there is none.
        cart_quantity - change > 0 or is_start as is_active,
        sum(case when is_start then 1 else 0 end) over (
            partition by actor_id order by position asc
            rows between unbounded preceding and current row
        ) as cart_number
    from started

),

activity as (

    select * from numbered
    where is_active and is_purchase = 0

),

products as (

    select
        actor_id,
        cart_number,
        product_id,
        max_by(quantity, position) as quantity,
        -- What takes out a thing that is not there says nothing of its price.
        max_by(unit_price, position) filter (where unit_price is not null and change <> 0)
            as unit_price,
        max_by(coalesce(currency, ''), position) filter (
            where unit_price is not null and change <> 0
        ) as currency
    from activity
    where product_id is not null
    group by actor_id, cart_number, product_id
    having max(change) > 0

),

contents as (

    select
        actor_id,
        cart_number,
        count(case when quantity > 0 then 1 end) as product_count,
        sum(quantity) as quantity,
        sum(case when quantity > 0 then quantity * unit_price else 0 end) as cart_total,
        count(case when quantity > 0 and unit_price is null then 1 end) as unpriced_count,
        count(distinct case when quantity > 0 then currency end) as currency_count,
        min(case when quantity > 0 then nullif(currency, '') end) as currency
    from products
    group by actor_id, cart_number

),

carts as (

    select
        actor_id,
        cart_number,
        min_by(event_id, position) as first_event_id,
        max_by(visitor_id, position) as visitor_id,
        max_by(customer_id, position) filter (where customer_id is not null) as customer_id,
        min_by(session_id, position) as session_id,
        min_by(source, position) as source,
        min_by(platform, position) as platform,
        count(distinct event_id) as event_count,
        max_by(cart_quantity, position) = 0 as is_emptied,
        min(event_at) as started_at,
        max(event_at) as last_activity_at
    from activity
    group by actor_id, cart_number

),

-- The first purchase of anything that was in the cart, before the next cart begins.
purchases as (

    select
        numbered.actor_id,
        numbered.cart_number,
        min_by(numbered.order_id, numbered.position) as order_id,
        min(numbered.event_at) as purchased_at
    from numbered
    inner join bought on numbered.event_id = bought.event_id
    inner join products
        on
            numbered.actor_id = products.actor_id
            and numbered.cart_number = products.cart_number
            and bought.product_id = products.product_id
    where numbered.is_purchase = 1
    group by numbered.actor_id, numbered.cart_number

),

timed as (

    select
        carts.*,
        contents.product_count,
        contents.quantity,
        case
            when contents.unpriced_count = 0 and contents.currency_count <= 1
                then contents.cart_total
        end as cart_total,
        case when contents.currency_count = 1 then contents.currency end as currency,
        purchases.order_id,
        purchases.purchased_at,
        carts.last_activity_at + interval '{{ whole_var("cart_abandoned_hours") }} hours'
            as abandons_at,
        carts.last_activity_at + interval '{{ whole_var("cart_lifetime_hours") }} hours' as ends_at
    from carts
    inner join contents
        on carts.actor_id = contents.actor_id and carts.cart_number = contents.cart_number
    left join purchases
        on carts.actor_id = purchases.actor_id and carts.cart_number = purchases.cart_number

),

judged as (

    select
        *,
        case
            when purchased_at < abandons_at then 'converted'
            when purchased_at < ends_at then 'recovered'
            when is_emptied then 'emptied'
            when abandons_at <= {{ watermark('int_events') }} then 'abandoned'
            else 'open'
        end as status
    from timed

),

final as (

    select
        -- ids
        md5(concat_ws('|', 'cart', judged.actor_id, judged.first_event_id)) as cart_id,
        judged.visitor_id,
        judged.customer_id,
        judged.actor_id,
        judged.session_id,
        case when judged.status in ('converted', 'recovered') then judged.order_id end
            as order_id,

        -- attributes
        judged.source,
        judged.platform,
        judged.status,
        judged.currency,

        -- measures
        cast(judged.product_count as integer) as product_count,
        cast(judged.quantity as bigint) as quantity,
        try_cast(judged.cart_total as decimal(18, 4)) as cart_total,
        cast(judged.event_count as integer) as event_count,

        -- times
        {{ local_day('judged.started_at') }} as started_on,
        judged.started_at,
        judged.last_activity_at,
        case when judged.is_emptied then judged.last_activity_at end as emptied_at,
        case when judged.status in ('abandoned', 'recovered') then judged.abandons_at end
            as abandoned_at,
        case when judged.status in ('converted', 'recovered') then judged.purchased_at end
            as purchased_at,
        changed.input_fingerprint
    from judged
    inner join changed on judged.actor_id = changed.actor_id

)

select * from final
