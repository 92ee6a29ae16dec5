-- Grain: one row per product and moment (product_id, prediction_at, available_as_of). Rebuilt by
-- the moment: it leans on the other products of the moment.
{% set windows = ['7d', '30d'] %}
{{ keyed_by('prediction_at', inputs=['ftr_product__popularity']) }}

with changed as (

    select * from {{ changed_keys() }}

),

popularity as (

    select
        popularity.*,
        changed.input_fingerprint as moment_fingerprint
    from {{ ref('ftr_product__popularity') }} as popularity
    inner join changed on popularity.prediction_at = changed.prediction_at

),

assortment as (

    select assortment.*
    from {{ ref('ftr_assortment__products') }} as assortment
    inner join changed on assortment.prediction_at = changed.prediction_at

),

-- What a product's rate is drawn towards has its cases: a device once for each product.
{% for group, thing in {'categories': 'category', 'shop': none}.items() %}
    {{ group }} as (

        select
            {{ thing ~ ',' if thing }}
            {% for window in windows %}
                sum(viewer_count_{{ window }}) as viewer_count_{{ window }},
                sum(viewer_with_cart_count_{{ window }}) as viewer_with_cart_count_{{ window }},
            {% endfor %}
            prediction_at,
            available_as_of
        from assortment
        group by {{ thing ~ ',' if thing }} prediction_at, available_as_of

    ),
{% endfor %}

-- Prices are compared in one currency and category; equal ones count half, as in a rank.
priced as (

    select
        product_id,
        prediction_at,
        available_as_of,
        count(*) over priced_alike as priced_count,
        rank() over (priced_alike order by unit_price asc) as price_rank,
        count(*) over (
            partition by category, currency, prediction_at, available_as_of, unit_price
        ) as equal_count,
        cast(sum(unit_price) over priced_alike as double) as price_sum
    from assortment
    where category is not null and currency is not null and unit_price is not null
    window
        priced_alike as (partition by category, currency, prediction_at, available_as_of)

),

-- The category's rate of the window; where it has none, the shop's.
grouped as (

    select
        popularity.*,
        {% for window in windows %}
            {% for name in ['viewer_count', 'viewer_with_cart_count'] %}
                cast(
                    case
                        when categories.viewer_count_{{ window }} > 0
                            then categories.{{ name }}_{{ window }}
                        else coalesce(shop.{{ name }}_{{ window }}, 0)
                    end as bigint
                ) as group_{{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        priced.priced_count,
        priced.price_rank,
        priced.equal_count,
        priced.price_sum,
        assortment.category,
        assortment.unit_price as price,
        assortment.version__age_seconds
    from popularity
    {% for relation in ['assortment', 'priced'] %}
        left join {{ relation }}
            on
                popularity.product_id = {{ relation }}.product_id
                and popularity.prediction_at = {{ relation }}.prediction_at
                and popularity.available_as_of = {{ relation }}.available_as_of
    {% endfor %}
    left join categories
        on
            assortment.category = categories.category
            and assortment.prediction_at = categories.prediction_at
            and assortment.available_as_of = categories.available_as_of
    left join shop
        on
            popularity.prediction_at = shop.prediction_at
            and popularity.available_as_of = shop.available_as_of

),

final as (

    select
        -- ids
        product_id,

        -- attributes
        is_cold_start,
        category,

        -- measures
        version__age_seconds as category__age_seconds,
        {% for window in windows %}
            case
                when not is_cold_start
                    then cast({{ smoothed_rate(
                        'viewer_with_cart_count_' ~ window,
                        'viewer_count_' ~ window,
                        'group_viewer_with_cart_count_' ~ window,
                        'group_viewer_count_' ~ window
                    ) }} as double)
            end as view_to_cart_rate_{{ window }},
        {% endfor %}
        -- One is added to both, so that there is a trend from the first on.
        {% for name in ['view_item_count', 'order_count'] %}
            cast({{ name }}_7d + 1 as double) / ({{ name }}_30d - {{ name }}_7d + 1)
                as {{ name }}_trend_7d,
        {% endfor %}
        cast(2 * price_rank + equal_count - 3 as double) / nullif(2 * (priced_count - 1), 0)
            as price_position,
        cast(price as double) * priced_count / nullif(price_sum, 0) as price_to_category_mean,

        -- times
        prediction_at,
        available_as_of,
        moment_fingerprint as input_fingerprint
    from grouped

)

select * from final
