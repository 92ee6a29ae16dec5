-- Grain: one row per product and moment of any product (product_id, prediction_at,
-- available_as_of): what a product is compared with when its own features are computed.
{{ keyed_by(
    'product_id',
    inputs=[
        {
            'model': 'int_visitors__products',
            'fingerprint': fingerprint([
                'event_id', 'visitor_id', 'event_type', 'event_at', 'available_at',
            ]),
        },
        {
            'model': 'int_products__versions',
            'fingerprint': fingerprint([
                'version_id', 'category', 'currency', 'unit_price', 'valid_from', 'available_at',
            ]),
        },
    ],
    constants=['ftr_moments__assortment']
) }}
{% set windows = ['7d', '30d'] %}
{% set longest = windows[-1] %}

with moments as (

    select
        changed.product_id,
        changed.input_fingerprint,
        moments.prediction_at,
        moments.available_as_of
    from {{ changed_keys() }} as changed
    cross join {{ ref('ftr_moments__assortment') }} as moments

),

acts as (

    select * from {{ ref('int_visitors__products') }}

),

versions as (

    select
        product_id,
        version_id,
        category,
        currency,
        unit_price,
        valid_from as event_at,
        available_at
    from {{ ref('int_products__versions') }}

),

devices as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        {% for window in windows %}
            {% for type in ['view_item', 'add_to_cart'] %}
                count(distinct case
                    when {{ is_in_window(window, 'acts') }} and acts.event_type = '{{ type }}'
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
            {% for type in ['view_item', 'add_to_cart'] %}
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

-- The version that held before the moment, of those known by then.
described as (

    select
        moments.product_id,
        moments.prediction_at,
        moments.available_as_of,
        versions.category,
        versions.currency,
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
        described.category,
        described.currency,

        -- measures
        {% for name in ['view_item_count', 'add_to_cart_count', 'viewer_count',
            'viewer_with_cart_count'] %}
            {% for window in windows %}
                cast(coalesce(interest.{{ name }}_{{ window }}, 0) as integer)
                    as {{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        described.unit_price,
        described.age_seconds as version__age_seconds,

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    {% for relation in ['interest', 'described'] %}
        left join {{ relation }}
            on
                moments.product_id = {{ relation }}.product_id
                and moments.prediction_at = {{ relation }}.prediction_at
                and moments.available_as_of = {{ relation }}.available_as_of
                {{ 'and described.recency = 1' if relation == 'described' }}
    {% endfor %}
    where interest.product_id is not null or described.product_id is not null

)

select * from final
