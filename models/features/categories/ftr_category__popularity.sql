-- Grain: one row per category and moment (category, prediction_at, available_as_of). Made whole
-- each time: hardly a delivery leaves a category as it was.
{% set windows = ['7d', '30d'] %}
{% set longest = windows[-1] %}

with moments as (

    select * from {{ ref('ftr_moments__category') }}

),

-- Of a category are the products that were known to be of it at the moment.
assortment as (

    select * from {{ ref('ftr_assortment__products') }}
    where category is not null

),

sales as (

    select * from {{ ref('fct_order_movements') }}
    where movement_kind = 'sale' and is_sold and is_product and product_id is not null

),

-- Devices are counted once for the category: each of its products says of how many.
interest as (

    select
        category,
        prediction_at,
        count(*) as product_count,
        {% for window in windows %}
            {% for name in ['view_item_count', 'add_to_cart_count'] %}
                sum({{ name }}_{{ window }}) as {{ name }}_{{ window }},
            {% endfor %}
            count(case when view_item_count_{{ window }} > 0 then 1 end)
                as viewed_product_count_{{ window }},
            {% for name in ['viewer_count', 'viewer_with_cart_count'] %}
                max(category_{{ name }}_{{ window }}) as {{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        available_as_of
    from assortment
    group by category, prediction_at, available_as_of

),

-- What a category's rate is drawn towards: that of all of them.
compared as (

    select
        {% for window in windows %}
            {% for name in ['viewer_count', 'viewer_with_cart_count'] %}
                cast(sum({{ name }}_{{ window }}) over at_the_moment as bigint)
                    as shop_{{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        *
    from interest
    window at_the_moment as (partition by prediction_at, available_as_of)

),

sold as (

    select
        moments.category,
        moments.prediction_at,
        moments.available_as_of,
        {{ windowed_distinct('order_count', windows, 'sales', 'sales.order_id') }},
        {{ windowed_sum('unit_count', windows, 'sales', 'sales.quantity') }}
    from assortment as moments
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
        moments.category,

        -- measures
        cast(compared.product_count as integer) as product_count,
        {% for name in ['view_item_count', 'add_to_cart_count', 'viewed_product_count',
            'viewer_count', 'viewer_with_cart_count'] %}
            {% for window in windows %}
                cast(compared.{{ name }}_{{ window }} as integer) as {{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        {% for window in windows %}
            cast({{ smoothed_rate(
                'compared.viewer_with_cart_count_' ~ window,
                'compared.viewer_count_' ~ window,
                'compared.shop_viewer_with_cart_count_' ~ window,
                'compared.shop_viewer_count_' ~ window
            ) }} as double) as view_to_cart_rate_{{ window }},
        {% endfor %}
        {% for window in windows %}
            coalesce(sold.order_count_{{ window }}, 0) as order_count_{{ window }},
            coalesce(sold.unit_count_{{ window }}, 0) as unit_count_{{ window }},
        {% endfor %}

        -- times
        moments.prediction_at,
        moments.available_as_of
    from moments
    inner join compared
        on
            moments.category = compared.category
            and moments.prediction_at = compared.prediction_at
            and moments.available_as_of = compared.available_as_of
    left join sold
        on
            moments.category = sold.category
            and moments.prediction_at = sold.prediction_at
            and moments.available_as_of = sold.available_as_of

)

select * from final
