-- Grain: one row per product and moment (product_id, prediction_at, available_as_of).
{% set is_sale = "movement_kind = 'sale' and is_sold and is_product and product_id is not null" %}
{{ keyed_by('product_id', inputs=[
    {
        'model': 'ftr_moments__product',
        'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'int_visitors__products',
        'fingerprint': fingerprint([
            'event_id', 'visitor_id', 'event_type', 'event_at', 'available_at',
        ]),
    },
    {
        'model': 'fct_order_movements',
        'where': is_sale,
        'fingerprint': fingerprint(['order_id', 'quantity', 'event_at', 'available_at']),
    },
    {
        'model': 'int_products__versions',
        'fingerprint': fingerprint(['version_id', 'unit_price', 'valid_from', 'available_at']),
    },
]) }}
{% set windows = ['1d', '7d', '30d'] %}
{% set longest = windows[-1] %}
{% set counted_types = ['view_item', 'add_to_cart'] %}

with moments as (

    select
        moments.*,
        changed.input_fingerprint
    from {{ ref('ftr_moments__product') }} as moments
    inner join {{ changed_keys() }} as changed on moments.product_id = changed.product_id

),

acts as (

    select * from {{ ref('int_visitors__products') }}

),

sales as (

    select * from {{ ref('fct_order_movements') }}
    where {{ is_sale }}

),

versions as (

    select
        product_id,
        version_id,
        unit_price,
        valid_from as event_at,
        available_at
    from {{ ref('int_products__versions') }}

),

-- Of a product looked at daily, all history at each moment would be its square: only whether there
-- is any is asked.
known as (

    select *
    from moments
    where
        exists (
            select 1 from acts
            where acts.product_id = moments.product_id and {{ known_before('acts') }}
        )
        or exists (
            select 1 from sales
            where sales.product_id = moments.product_id and {{ known_before('sales') }}
        )
        or exists (
            select 1 from versions
            where versions.product_id = moments.product_id and {{ known_before('versions') }}
        )

),

-- A device that looked at it, and what else it did with it within the window.
devices as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        {% for type in counted_types %}
            {% for window in windows %}
                count(distinct case
                    when
                        {{ is_in_window(window, 'acts') }}
                        and acts.event_type = '{{ type }}'
                        then acts.event_id
                end) as {{ type }}_count_{{ window }},
            {% endfor %}
        {% endfor %}
        acts.visitor_id
    from moments
    inner join acts
        on
            moments.product_id = acts.product_id
            and {{ is_in_window(longest, 'acts') }}
            and {{ known_before('acts') }}
    group by
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        acts.visitor_id

),

interest as (

    select
        product_id,
        prediction_at,
        {% for window in windows %}
            {% for type in counted_types %}
                sum({{ type }}_count_{{ window }}) as {{ type }}_count_{{ window }},
            {% endfor %}
            count(case when view_item_count_{{ window }} > 0 then 1 end)
                as viewer_count_{{ window }},
            count(case
                when view_item_count_{{ window }} > 0 and add_to_cart_count_{{ window }} > 0 then 1
            end) as viewer_with_cart_count_{{ window }},
        {% endfor %}
        available_as_of
    from devices
    group by product_id, prediction_at, available_as_of

),

sold as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        {{ windowed_distinct('order_count', windows, 'sales', 'sales.order_id') }},
        {{ windowed_sum('unit_count', windows, 'sales', 'sales.quantity') }}
    from moments
    inner join sales
        on
            moments.product_id = sales.product_id
            and {{ is_in_window(longest, 'sales') }}
            and {{ known_before('sales') }}
    group by moments.product_id, moments.prediction_at, moments.available_as_of

),

-- The version that held before the moment, of those known by then.
priced as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        versions.unit_price,
        {{ seconds_between('versions.event_at', 'moments.prediction_at') }} as age_seconds,
        row_number() over (
            partition by moments.product_id, moments.prediction_at, moments.available_as_of
            order by
                versions.event_at desc,
                versions.available_at desc,
                versions.version_id desc
        ) as recency
    from moments
    inner join versions
        on
            moments.product_id = versions.product_id
            and {{ known_before('versions') }}

),

final as (

    select
        -- ids
        moments.product_id,

        -- attributes
        known.product_id is null as is_cold_start,

        -- measures
        {% for name in ['view_item_count', 'add_to_cart_count', 'viewer_count',
            'viewer_with_cart_count'] %}
            {% for window in windows %}
                cast(
                    case
                        when known.product_id is not null
                            then coalesce(interest.{{ name }}_{{ window }}, 0)
                    end as integer
                ) as {{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        {% for window in windows %}
            cast({{ wilson_lower_bound(
                'interest.viewer_with_cart_count_' ~ window, 'interest.viewer_count_' ~ window
            ) }} as double) as view_to_cart_rate_low_{{ window }},
        {% endfor %}
        {% for window in windows %}
            case
                when known.product_id is not null then coalesce(sold.order_count_{{ window }}, 0)
            end as order_count_{{ window }},
            case
                when known.product_id is not null then coalesce(sold.unit_count_{{ window }}, 0)
            end as unit_count_{{ window }},
        {% endfor %}
        cast(priced.unit_price as double) as unit_price,
        priced.age_seconds as unit_price__age_seconds,

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    {% for relation in ['known', 'interest', 'sold', 'priced'] %}
        left join {{ relation }}
            on
                moments.product_id = {{ relation }}.product_id
                and moments.prediction_at = {{ relation }}.prediction_at
                and moments.available_as_of = {{ relation }}.available_as_of
                {{ 'and priced.recency = 1' if relation == 'priced' }}
    {% endfor %}

)

select * from final
