-- The movements of an order sum to its totals, kind by kind, in both currencies where there are
-- rates.
with movements as (

    select
        order_id,
        sum(case when movement_kind = 'sale' then amount else 0 end) as gross_total,
        -sum(case when movement_kind = 'discount' then amount else 0 end) as discount_total,
        sum(case when movement_kind in ('sale', 'discount') then amount else 0 end) as sales_total,
        sum(case when movement_kind = 'tax' then amount else 0 end) as tax_total,
        sum(case when movement_kind = 'shipping' then amount else 0 end) as shipping_total,
        -sum(case when movement_kind = 'return' then amount else 0 end) as refund_total,
        -sum(case when movement_kind = 'cancel' then amount else 0 end) as cancelled_total,
        sum(case when movement_kind in ('sale', 'discount') then amount_reporting else 0 end)
            as sales_total_reporting,
        -sum(case when movement_kind = 'return' then amount_reporting else 0 end)
            as refund_total_reporting,
        -sum(case when movement_kind = 'cancel' then amount_reporting else 0 end)
            as cancelled_total_reporting,
        count(case when amount_reporting is null then 1 end) as unrated_count
    from {{ ref('fct_order_movements') }}
    group by order_id

),

compared as (

    {% for total in [
        'gross_total', 'discount_total', 'sales_total', 'tax_total', 'shipping_total', 'refund_total',
        'cancelled_total', 'sales_total_reporting', 'refund_total_reporting',
        'cancelled_total_reporting',
    ] %}
        select
            orders.order_id,
            '{{ total }}' as total,
            cast(orders.{{ total }} as decimal(28, 8)) as of_order,
            cast(coalesce(movements.{{ total }}, 0) as decimal(28, 8)) as of_movements
        from {{ ref('fct_orders') }} as orders
        left join movements on orders.order_id = movements.order_id
        {% if total.endswith('_reporting') %}
            where coalesce(movements.unrated_count, 0) = 0
        {% endif %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select *
from compared
where of_order is distinct from of_movements
