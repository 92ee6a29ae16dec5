-- Grain: one row per category and moment (category, prediction_at, available_as_of). Made whole
-- each time: hardly a delivery leaves a category as it was.
{% set windows = ['7d', '30d'] %}
{% set longest = windows[-1] %}

with moments as (

    select * from {{ ref('ftr_moments__category') }}

),

assortment as (

    select * from {{ ref('ftr_assortment__products') }}

),

sales as (

    select * from {{ ref('fct_order_movements') }}
    where movement_kind = 'sale' and is_sold and is_product and product_id is not null

),

-- Of a category are the products that were known to be of it at the moment.
members as (

    select
        moments.category,
        assortment.*
    from moments
    inner join assortment
        on
            moments.category = assortment.category
            and moments.prediction_at = assortment.prediction_at
            and moments.available_as_of = assortment.available_as_of

),

interest as (

    select
        category,
        prediction_at,
        count(*) as product_count,
        {% for window in windows %}
            {% for name in ['view_item_count', 'add_to_cart_count', 'viewer_count',
                'viewer_with_cart_count'] %}
                sum({{ name }}_{{ window }}) as {{ name }}_{{ window }},
            {% endfor %}
            count(case when view_item_count_{{ window }} > 0 then 1 end)
                as viewed_product_count_{{ window }},
        {% endfor %}
        available_as_of
    from members
    group by category, prediction_at, available_as_of

),

sold as (

    select
        moments.category,
        moments.prediction_at,
        moments.available_as_of,
        {{ windowed_distinct('order_count', windows, 'sales', 'sales.order_id') }},
        {{ windowed_sum('unit_count', windows, 'sales', 'sales.quantity') }}
    from members as moments
    inner join sales
        on
            moments.product_id = sales.product_id
            and {{ is_in_window(longest, 'sales') }}
            and {{ known_before('sales') }}
    group by moments.category, moments.prediction_at, moments.available_as_of

),

final as (

    select
        -- ids
        interest.category,

        -- measures
        cast(interest.product_count as integer) as product_count,
        {% for name in ['view_item_count', 'add_to_cart_count', 'viewed_product_count',
            'viewer_count', 'viewer_with_cart_count'] %}
            {% for window in windows %}
                cast(interest.{{ name }}_{{ window }} as integer) as {{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        {% for window in windows %}
            cast(interest.viewer_with_cart_count_{{ window }} as double)
            / nullif(interest.viewer_count_{{ window }}, 0) as view_to_cart_rate_{{ window }},
        {% endfor %}
        {% for window in windows %}
            coalesce(sold.order_count_{{ window }}, 0) as order_count_{{ window }},
            coalesce(sold.unit_count_{{ window }}, 0) as unit_count_{{ window }},
        {% endfor %}

        -- times
        interest.prediction_at,
        interest.available_as_of
    from interest
    left join sold
        on
            interest.category = sold.category
            and interest.prediction_at = sold.prediction_at
            and interest.available_as_of = sold.available_as_of

)

select * from final
