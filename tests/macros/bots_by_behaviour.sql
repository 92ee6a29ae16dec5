-- Each rule just met and just missed, at the limits of var bot_behaviour; half an hour later each
-- event was known. Whoever meets two rules has both; of two visits that tell, the first tells when.
{% set limits = var('bot_behaviour') %}
{% set fast = (60000 - 1) // limits.fast_events %}
{% set slow = (60000 + limits.fast_events - 1) // limits.fast_events %}
{% set steady = 10000 * limits.steady_share %}
{# Of each actor: how many events, the milliseconds between two, how far every second one is off. #}
{% set actors = {
    'fast': (limits.fast_events + 1, fast, 100),
    'not fast': (limits.fast_events + 1, slow, 100),
    'fast in two visits': (limits.fast_events + 1, fast, 100),
    'fast again': (2 * limits.fast_events + 2, fast, 100),
    'no cart': (limits.products_without_cart, 7000, 2000),
    'one cart': (limits.products_without_cart, 7000, 2000),
    'a product less': (limits.products_without_cart - 1, 7000, 2000),
    'one product': (limits.products_without_cart, 7000, 2000),
    'steady': (limits.steady_events, 10000, steady * 0.95),
    'not steady': (limits.steady_events, 10000, steady * 1.1),
    'an event less': (limits.steady_events - 1, 10000, 0),
    'all day': (limits.hours_of_a_day, 3600000, 0),
    'an hour less': (limits.hours_of_a_day - 1, 3600000, 0),
    'over midnight': (limits.hours_of_a_day, 3600000, 0),
    'fast and no cart': (limits.products_without_cart + limits.fast_events, fast, 100),
} %}
with numbers as (

    select cast(numbers.n as integer) as n
    from range(0, {{ limits.products_without_cart + limits.fast_events + limits.steady_events }})
        as numbers (n)

),

actors (actor_id, event_count, gap_ms, off_ms, begins_at) as (

    values
    {% for name, (count, gap, off) in actors.items() %}
        (
            '{{ name }}',
            {{ count }},
            {{ gap }},
            {{ off | int }},
            timestamp '2026-01-01 {{ "12" if name == "over midnight" else "00" }}:00:01'
        ){{ ',' if not loop.last }}
    {% endfor %}

),

visits as (

    select
        actors.actor_id,
        case
            when actors.actor_id in ('all day', 'an hour less', 'over midnight')
                then actors.actor_id || cast(numbers.n as varchar)
            when actors.actor_id = 'fast in two visits' and numbers.n > 1 then 'another'
            when actors.actor_id = 'fast again' and numbers.n > {{ limits.fast_events }}
                then 'again'
            else actors.actor_id
        end as session_id,
        actors.actor_id || cast(numbers.n as varchar) as event_id,
        case
            when actors.actor_id = 'one cart' and numbers.n = 5 then 'add_to_cart'
            else 'view_item'
        end as event_type,
        case
            when actors.actor_id = 'one product' then 'P'
            when actors.actor_id in ('no cart', 'one cart', 'a product less', 'fast and no cart')
                then 'P' || cast(numbers.n as varchar)
        end as product_id,
        actors.begins_at
        + interval '1 millisecond'
        * (numbers.n * actors.gap_ms + mod(numbers.n, 2) * actors.off_ms)
            as event_at
    from actors
    inner join numbers on actors.event_count > numbers.n

),

known as (

    select
        *,
        event_at + interval '30 minutes' as available_at
    from visits

),

found as (

    {{ bots_by_behaviour('known') }}

),

expected (actor_id, behaviour_reasons) as (

    values
    ('fast', 'fast'),
    ('fast again', 'fast'),
    ('no cart', 'no_cart'),
    ('steady', 'steady'),
    ('all day', 'all_day'),
    ('fast and no cart', 'fast, no_cart')

),

last_known as (

    select
        actor_id,
        max(available_at) as known_at
    from known
    where session_id <> 'again'
    group by actor_id

)

select
    coalesce(expected.actor_id, found.actor_id) as actor_id,
    expected.behaviour_reasons as expected_reasons,
    found.behaviour_reasons,
    last_known.known_at as expected_known_at,
    found.known_at
from expected
full outer join found on expected.actor_id = found.actor_id
left join last_known on expected.actor_id = last_known.actor_id
where
    expected.behaviour_reasons is distinct from found.behaviour_reasons
    or last_known.known_at is distinct from found.known_at
