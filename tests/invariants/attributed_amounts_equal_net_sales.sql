-- By every model, the credits of a sold order sum to 1 and its amounts to its net sales, exactly.
with orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold

),

credited as (

    select
        order_id,
        attribution_model,
        sum(credit) as credit,
        sum(attributed_total) as attributed_total,
        sum(attributed_total_reporting) as attributed_total_reporting
    from {{ ref('fct_attribution_touches') }}
    group by order_id, attribution_model

),

counted as (

    select
        order_id,
        count(*) as model_count
    from credited
    group by order_id

)

select
    coalesce(orders.order_id, credited.order_id) as order_id,
    credited.attribution_model,
    credited.credit,
    orders.net_total,
    credited.attributed_total,
    orders.net_total_reporting,
    credited.attributed_total_reporting
from orders
full join credited on orders.order_id = credited.order_id
left join counted on orders.order_id = counted.order_id
where
    credited.credit is distinct from 1
    or orders.net_total is distinct from credited.attributed_total
    or orders.net_total_reporting is distinct from credited.attributed_total_reporting
    or counted.model_count is distinct from 5
