-- Grain: one row per category and moment (category, prediction_at, available_as_of). Made whole
-- each time: hardly a delivery leaves a category as it was.
{% set windows = ['1d', '7d', '14d', '30d'] %}
{# As of products: an order of the last day is seldom known by now. #}
{% set sale_windows = ['7d', '14d', '30d', '90d'] %}

with moments as (

    select * from {{ ref('ftr_moments__category') }}

),

-- Of a category are the products that were known to be of it at the moment.
assortment as (

    select * from {{ ref('ftr_assortment__products') }}
    where category is not null

),

sales as (

    select * from {{ ref('int_products__sales') }}

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
        min(last_view_item__age_seconds) as last_view_item__age_seconds,
        -- As of what accounts look at: decimals add up to the same in any order.
        case
            when count(case when view_item_count_30d > 0 then 1 end) = 1 then 0
            else
                ln(nullif(cast(sum(view_item_count_30d) as double), 0))
                - cast(
                    sum(cast(
                        view_item_count_30d
                        * ln(nullif(cast(view_item_count_30d as double), 0)) as decimal(28, 12)
                    )) as double
                ) / nullif(sum(view_item_count_30d), 0)
        end as viewed_product_entropy_30d,
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
        {{ windowed_distinct('order_count', sale_windows, 'sales', 'sales.order_id') }},
        {{ windowed_sum('unit_count', sale_windows, 'sales', 'sales.quantity') }},
        {{ seconds_since_last('sales') }} as last_order__age_seconds
    from assortment as moments
    inner join sales
        on
            moments.product_id = sales.product_id
            and {{ is_in_window(sale_windows[-1], 'sales') }}
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
        compared.viewed_product_entropy_30d,
        {% for window in sale_windows %}
            coalesce(sold.order_count_{{ window }}, 0) as order_count_{{ window }},
            coalesce(sold.unit_count_{{ window }}, 0) as unit_count_{{ window }},
        {% endfor %}
        -- One is added to both, so that there is a trend from the first on.
        {% for name in ['compared.view_item_count', 'sold.order_count'] %}
            cast(coalesce({{ name }}_7d, 0) + 1 as double)
            / (coalesce({{ name }}_30d, 0) - coalesce({{ name }}_7d, 0) + 1)
                as {{ name.split('.')[1] }}_trend_7d,
        {% endfor %}
        compared.last_view_item__age_seconds,
        sold.last_order__age_seconds,

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
