-- Grain: one row per product and moment (product_id, prediction_at, available_as_of). Rebuilt by
-- the moment: of a product there is something new with each delivery.
{% set windows = ['1d', '7d', '14d', '30d'] %}
{# An order of the last day is seldom known by now: of most shops none ever is. #}
{% set sale_windows = ['7d', '14d', '30d', '90d'] %}
{% set interests = [] %}
{% set names = ['view_item_count', 'add_to_cart_count', 'viewer_count', 'viewer_with_cart_count'] %}
{% for name in names -%}
    {%- for window in windows -%}
        {%- do interests.append(name ~ '_' ~ window) -%}
    {%- endfor -%}
{% endfor %}
{{ keyed_by('prediction_at', inputs=[
    {
        'model': 'ftr_moments__product',
        'fingerprint': fingerprint(['product_id', 'available_as_of']),
        'required': true,
    },
    'ftr_assortment__products',
    {
        'model': 'ftr_moments__sights',
        'fingerprint': fingerprint(['available_as_of', 'news_fingerprint', 'versions_fingerprint']),
    },
]) }}

with moments as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__product') }} as moments
    inner join {{ changed_keys() }} as changed
        on moments.prediction_at = changed.prediction_at

),

acts as (

    select * from {{ ref('int_visitors__products') }}

),

sales as (

    select * from {{ ref('int_products__sales') }}

),

versions as (

    select
        product_id,
        valid_from as event_at,
        available_at
    from {{ ref('int_products__versions') }}

),

-- Of a product looked at daily, all history at each moment would be its square. For whether there
-- is any the first to be seen is enough, by moments of one lag.
lags as (

    select
        product_id,
        {{ epoch_us('available_as_of') }} - {{ epoch_us('prediction_at') }} as lag_us
    from moments
    group by product_id, {{ epoch_us('available_as_of') }} - {{ epoch_us('prediction_at') }}

),

news as (

    {% for relation in ['acts', 'sales', 'versions'] %}
        select
            product_id,
            event_at,
            available_at
        from {{ relation }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

first_news as (

    select
        lags.product_id,
        lags.lag_us,
        min(greatest(
            {{ epoch_us('news.event_at') }} + 1, {{ epoch_us('news.available_at') }} - lags.lag_us
        )) as seen_us
    from lags
    inner join news on lags.product_id = news.product_id
    group by lags.product_id, lags.lag_us

),

known as (

    select moments.*
    from moments
    inner join first_news
        on
            moments.product_id = first_news.product_id
            and {{ epoch_us('moments.available_as_of') }}
            - {{ epoch_us('moments.prediction_at') }} = first_news.lag_us
            and {{ epoch_us('moments.prediction_at') }} >= first_news.seen_us

),

-- What was looked at, and what the product cost, is found for all products at once.
interest as (

    select * from {{ ref('ftr_assortment__products') }}

),

sold as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        {{ windowed_distinct('order_count', sale_windows, 'sales', 'sales.order_id') }},
        {{ windowed_sum('unit_count', sale_windows, 'sales', 'sales.quantity') }},
        {{ seconds_since_last('sales') }} as last_order__age_seconds
    from moments
    inner join sales
        on
            moments.product_id = sales.product_id
            and {{ is_in_window(sale_windows[-1], 'sales') }}
            and {{ known_before('sales') }}
    group by moments.product_id, moments.prediction_at, moments.available_as_of

),

final as (

    select
        -- ids
        moments.product_id,

        -- attributes
        known.product_id is null as is_cold_start,

        -- measures
        {% for name in interests %}
            case
                when known.product_id is not null then coalesce(interest.{{ name }}, 0)
            end as {{ name }},
        {% endfor %}
        {% for window in windows %}
            cast({{ wilson_lower_bound(
                'interest.viewer_with_cart_count_' ~ window, 'interest.viewer_count_' ~ window
            ) }} as double) as view_to_cart_rate_low_{{ window }},
        {% endfor %}
        {% for window in sale_windows %}
            case
                when known.product_id is not null then coalesce(sold.order_count_{{ window }}, 0)
            end as order_count_{{ window }},
            case
                when known.product_id is not null then coalesce(sold.unit_count_{{ window }}, 0)
            end as unit_count_{{ window }},
        {% endfor %}
        interest.last_view_item__age_seconds,
        sold.last_order__age_seconds,
        cast(interest.unit_price as double) as unit_price,
        interest.version__age_seconds as unit_price__age_seconds,

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    {% for relation in ['known', 'interest', 'sold'] %}
        left join {{ relation }}
            on
                moments.product_id = {{ relation }}.product_id
                and moments.prediction_at = {{ relation }}.prediction_at
                and moments.available_as_of = {{ relation }}.available_as_of
    {% endfor %}

)

select * from final
