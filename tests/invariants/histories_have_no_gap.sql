-- What ever was known of a thing holds until the next span of it begins, the last one to this day.
with spans as (

    select
        'customer' as thing,
        customer_id as thing_id,
        is_current,
        valid_from,
        valid_to
    from {{ ref('dim_customer_history') }}
    union all
    select
        'product' as thing,
        product_id as thing_id,
        is_current,
        valid_from,
        valid_to
    from {{ ref('dim_product_history') }}
    union all
    select
        'price' as thing,
        product_id as thing_id,
        is_current,
        valid_from,
        valid_to
    from {{ ref('fct_product_prices') }}
    union all
    select
        'rate' as thing,
        concat_ws('|', currency, rate_on) as thing_id,
        known_to_at is null as is_current,
        known_from_at as valid_from,
        known_to_at as valid_to
    from {{ ref('int_exchange_rates__known') }}

),

followed as (

    select
        *,
        lead(valid_from) over (
            partition by thing, thing_id order by valid_from asc nulls last
        ) as next_from
    from spans

)

select *
from followed
where
    valid_to is distinct from next_from
    or is_current is distinct from (next_from is null)
    or valid_from >= valid_to
