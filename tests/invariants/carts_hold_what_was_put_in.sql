-- Whoever put something in has a cart; the carts of one follow each other, each is bought after its
-- last activity, and one without pieces has no products.
with carts as (

    select * from {{ ref('fct_carts') }}

),

additions as (

    select events.actor_id
    from {{ ref('fct_events') }} as events
    inner join {{ ref('int_event_items') }} as items on events.event_id = items.event_id
    where
        events.event_type = 'add_to_cart'
        and items.quantity > 0
        and {{ is_shopper('events') }}
    group by events.actor_id

),

owners as (

    select actor_id from carts
    group by actor_id

),

followed as (

    select
        *,
        lag(last_activity_at) over (
            partition by actor_id order by started_at asc, last_activity_at asc, cart_id asc
        ) as previous_activity_at
    from carts

)

select
    'cart' as what,
    actor_id,
    cart_id
from followed
where
    started_at > last_activity_at
    or started_at < previous_activity_at
    or purchased_at < last_activity_at
    or quantity < 0
    or (quantity = 0) is distinct from (product_count = 0)
    or (status = 'emptied' and quantity <> 0)
    or (status in ('converted', 'recovered')) is distinct from (purchased_at is not null)
union all
select
    'actor' as what,
    coalesce(additions.actor_id, owners.actor_id) as actor_id,
    null as cart_id
from additions
full outer join owners on additions.actor_id = owners.actor_id
where additions.actor_id is null or owners.actor_id is null
