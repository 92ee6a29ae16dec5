-- Grain: one row per window of time that baskets are looked at in (window_name).
{{ config(materialized='table') }}

with orders as (

    select * from {{ ref('fct_orders') }}
    where is_sold

),

items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale' and is_product and quantity > 0 and product_id is not null

),

ends as (

    select cast(max(ordered_on) + interval '1 day' as date) as ends_on
    from orders

),

windows as (

    {% for name, days in product_pair_windows().items() %}
        select
            '{{ name }}' as window_name,
            {% if days is none -%}
                date '1900-01-01'
            {%- else -%}
                cast(ends_on - interval '{{ days }} days' as date)
            {%- endif %} as begins_on,
            ends_on
        from ends
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

sizes as (

    select
        order_id,
        count(distinct product_id) as product_count
    from items
    group by order_id

),

final as (

    select
        windows.window_name,
        windows.begins_on,
        windows.ends_on,
        count(case
            when sizes.product_count <= {{ whole_var('basket_max_products') }} then 1
        end) as basket_count,
        count(case
            when sizes.product_count > {{ whole_var('basket_max_products') }} then 1
        end) as oversized_order_count,
        sum(cast(orders.input_fingerprint as {{ sql_type('hugeint') }})) as fingerprints
    from windows
    inner join orders on windows.begins_on <= orders.ordered_on
    inner join sizes on orders.order_id = sizes.order_id
    group by windows.window_name, windows.begins_on, windows.ends_on

)

select
    window_name,
    basket_count,
    oversized_order_count,
    begins_on,
    ends_on,
    {{ fingerprint([
        'basket_count', 'oversized_order_count', 'begins_on', 'ends_on', 'fingerprints',
    ]) }} as input_fingerprint
from final
