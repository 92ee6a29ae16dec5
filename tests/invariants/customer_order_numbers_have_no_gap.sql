-- A customer's sold orders are numbered 1, 2, 3 … in the order of their time.
select
    customer_id,
    count(*) as order_count,
    max(customer_order_number) as last_number,
    count(distinct customer_order_number) as number_count
from {{ ref('fct_orders') }}
where is_sold and customer_id is not null
group by customer_id
having count(*) <> max(customer_order_number) or count(*) <> count(distinct customer_order_number)
