-- Grain: one row per product and moment of any product (product_id, prediction_at,
-- available_as_of): what a product is compared with when its own features are computed.
{{ keyed_by('prediction_at', inputs=[{
    'model': 'ftr_moments__sights',
    'fingerprint': fingerprint(['available_as_of', 'acts_fingerprint', 'versions_fingerprint']),
}]) }}
{% set windows = ['1d', '7d', '14d', '30d'] %}
{% set longest = windows[-1] %}
{% set counted = {
    'act_count': 'true',
    'view_item_count': "event_type = 'view_item'",
    'add_to_cart_count': "event_type = 'add_to_cart'",
} %}
{% set told_apart = {
    'viewer_count': "event_type = 'view_item'",
    'carter_count': "event_type = 'add_to_cart'",
    'either_count': "event_type in ('view_item', 'add_to_cart')",
} %}
{% set device_measures = [] %}
{% set measures = [] %}
{% for window in windows -%}
    {%- for name in told_apart -%}
        {%- do device_measures.append(name ~ '_' ~ window) -%}
    {%- endfor -%}
    {%- for name in counted -%}
        {%- do measures.append(name ~ '_' ~ window) -%}
    {%- endfor -%}
{% endfor %}
{% set measured = {'product_id': measures + device_measures, 'category': device_measures} %}

with moments as (

    select
        moments.prediction_at,
        moments.available_as_of,
        {{ epoch_us('moments.prediction_at') }} as at_us,
        {{ epoch_us('moments.available_as_of') }} - {{ epoch_us('moments.prediction_at') }}
            as lag_us,
        changed.input_fingerprint
    from {{ ref('ftr_moments__assortment') }} as moments
    inner join {{ changed_keys() }} as changed on moments.prediction_at = changed.prediction_at

),

lags as (

    select lag_us from moments
    group by lag_us

),

steps as (

    {{ moment_steps('moments') }}

),

-- An event that names a product twice is one act.
acts as (

    select
        product_id,
        event_id,
        visitor_id,
        event_type,
        event_at,
        available_at
    from {{ ref('int_visitors__products') }}
    where
        event_at
        >= (select min(moments.prediction_at) from moments) - {{ window_interval(longest) }}
    group by product_id, event_id, visitor_id, event_type, event_at, available_at

),

-- An act meets the first moment that sees it and, of each window, the first that no longer does.
acted as (

    select
        acts.product_id,
        acts.visitor_id,
        acts.event_type,
        lags.lag_us,
        {{ epoch_us('acts.event_at') }} as event_us,
        {% for window in windows %}
            -{{ epoch_us('acts.event_at + ' ~ window_interval(window)) }} - 1
                as gone_{{ window }}_backwards_us,
        {% endfor %}
        -greatest(
            {{ epoch_us('acts.event_at') }} + 1,
            {{ epoch_us('acts.available_at') }} - lags.lag_us
        ) as seen_backwards_us
    from acts
    cross join lags

),

seen as (

    select
        acted.*,
        steps.at_us as seen_us
    from acted
    {{ asof_join('steps', 'lag_us', 'acted.seen_backwards_us', 'backwards_us') }}

),

{% for window in windows %}
    {% set before = 'seen' if loop.first else 'seen_' ~ loop.previtem %}
    seen_{{ window }} as (

        select
            {{ before }}.*,
            steps.at_us as gone_{{ window }}_us
        from {{ before }}
        {{ asof_join(
            'steps', 'lag_us', before ~ '.gone_' ~ window ~ '_backwards_us', 'backwards_us'
        ) }}

    ),
{% endfor %}

visible as (

    select * from seen_{{ longest }}
    where seen_us < gone_{{ longest }}_us

),

-- A device is seen while any act of it is: what an earlier act covers is not counted again.
devices_by_product_id as (

    select
        product_id,
        visitor_id,
        lag_us,
        {% for name, which in told_apart.items() %}
            {% for window in windows %}
                max(case when {{ which }} then gone_{{ window }}_us end)
                    as {{ name }}_{{ window }}_gone_us,
            {% endfor %}
        {% endfor %}
        seen_us
    from visible
    group by product_id, visitor_id, lag_us, seen_us

),

-- What is gone is of no category and has no price: nothing is compared with it.
versions as (

    select
        product_id,
        version_id,
        {% for column in ['category', 'currency', 'unit_price'] %}
            case when is_deleted then null else {{ column }} end as {{ column }},
        {% endfor %}
        valid_from as event_at,
        available_at
    from {{ ref('int_products__versions') }}

),

-- The version that held before the moment, of those known by then.
described as (

    select
        versions.product_id,
        moments.prediction_at,
        moments.available_as_of,
        moments.at_us,
        moments.lag_us,
        versions.category,
        versions.currency,
        versions.unit_price,
        {{ seconds_between('versions.event_at', 'moments.prediction_at') }} as age_seconds,
        row_number() over (
            partition by versions.product_id, moments.prediction_at, moments.available_as_of
            order by
                versions.event_at desc,
                versions.available_at desc,
                versions.version_id desc
        ) as recency
    from moments
    inner join versions on {{ known_before('versions') }}

),

-- From which moment a product is of which category, and from which one no longer.
categorised as (

    select
        product_id,
        lag_us,
        category,
        at_us as from_us,
        lead(at_us, 1, {{ never() }}) over (
            partition by product_id, lag_us order by at_us asc
        ) as until_us
    from (
        select
            *,
            lag(category) over (
                partition by product_id, lag_us order by at_us asc
            ) as category_before
        from described
        where recency = 1
    ) as steps_of_products
    where category is distinct from category_before

),

-- In a category a device is seen for as long as the product is of it.
devices_by_category as (

    select
        categorised.category,
        devices.visitor_id,
        devices.lag_us,
        {% for measure in device_measures %}
            max(case
                when devices.{{ measure }}_gone_us is not null
                    then least(devices.{{ measure }}_gone_us, categorised.until_us)
            end) as {{ measure }}_gone_us,
        {% endfor %}
        greatest(devices.seen_us, categorised.from_us) as seen_us
    from devices_by_product_id as devices
    inner join categorised
        on
            devices.product_id = categorised.product_id
            and devices.lag_us = categorised.lag_us
            and devices.seen_us < categorised.until_us
    where categorised.category is not null
    group by
        categorised.category,
        devices.visitor_id,
        devices.lag_us,
        greatest(devices.seen_us, categorised.from_us)

),

{% for thing, its_measures in measured.items() %}
    covered_by_{{ thing }} as (

        select
            {% for measure in device_measures %}
                {{ measure }}_gone_us,
                greatest(
                    seen_us, coalesce(max({{ measure }}_gone_us) over earlier, seen_us)
                ) as {{ measure }}_seen_us,
            {% endfor %}
            {{ thing }},
            lag_us
        from devices_by_{{ thing }}
        window
            earlier as (
                partition by {{ thing }}, visitor_id, lag_us
                order by seen_us asc
                rows between unbounded preceding and 1 preceding
            )

    ),

    -- What each moment sees more, and less, than the one before.
    changes_by_{{ thing }} as (

        {% for name, which in counted.items() if thing == 'product_id' %}
            {% for window in windows %}
                {% for bound, sign in {'seen_us': 1, 'gone_' ~ window ~ '_us': -1}.items() %}
                    select
                        product_id,
                        lag_us,
                        '{{ name }}_{{ window }}' as measure,
                        {{ bound }} as at_us,
                        {{ sign }} * count(*) as change
                    from visible
                    where {{ which }} and seen_us < gone_{{ window }}_us
                    group by product_id, lag_us, {{ bound }}
                    union all
                {% endfor %}
            {% endfor %}
        {% endfor %}
        {% if thing == 'product_id' %}
            select
                product_id,
                lag_us,
                'last_view_item_us' as measure,
                seen_us as at_us,
                max(event_us) as change
            from visible
            where event_type = 'view_item'
            group by product_id, lag_us, seen_us
            union all
        {% endif %}
        {% for measure in device_measures %}
            {% set last_measure = loop.last %}
            {% for bound, sign in {'seen': 1, 'gone': -1}.items() %}
                select
                    {{ thing }},
                    lag_us,
                    '{{ measure }}' as measure,
                    {{ measure }}_{{ bound }}_us as at_us,
                    {{ sign }} * count(*) as change
                from covered_by_{{ thing }}
                where {{ measure }}_seen_us < {{ measure }}_gone_us
                group by {{ thing }}, lag_us, {{ measure }}_{{ bound }}_us
                {{ 'union all' if not (last_measure and loop.last) }}
            {% endfor %}
        {% endfor %}

    ),

    changed_by_{{ thing }} as (

        select
            {{ thing }},
            lag_us,
            {% for measure in its_measures %}
                sum(case when measure = '{{ measure }}' then change end) as {{ measure }},
            {% endfor %}
            max(case when measure = 'last_view_item_us' then change end) as last_view_item_us,
            at_us
        from changes_by_{{ thing }}
        group by {{ thing }}, lag_us, at_us

    ),
{% endfor %}

things_by_product_id as (

    select product_id from changes_by_product_id
    union
    select product_id from versions

),

things_by_category as (

    select category from changes_by_category
    group by category

),

{% for thing, its_measures in measured.items() %}
    interest_by_{{ thing }} as (

        select
            things.{{ thing }},
            moments.prediction_at,
            {% for measure in its_measures %}
                cast(
                    coalesce(sum(changed.{{ measure }}) over until_then, 0) as integer
                ) as {{ measure }},
            {% endfor %}
            max(changed.last_view_item_us) over until_then as last_view_item_us,
            moments.available_as_of,
            moments.input_fingerprint
        from things_by_{{ thing }} as things
        cross join moments
        left join changed_by_{{ thing }} as changed
            on
                things.{{ thing }} = changed.{{ thing }}
                and moments.lag_us = changed.lag_us
                and moments.at_us = changed.at_us
        window
            until_then as (
                partition by things.{{ thing }}, moments.lag_us
                order by moments.at_us asc
                rows between unbounded preceding and current row
            )

    ),
{% endfor %}

final as (

    select
        -- ids
        interest.product_id,

        -- attributes
        described.category,
        described.currency,

        -- measures
        {% for name in ['view_item_count', 'add_to_cart_count', 'viewer_count'] %}
            {% for window in windows %}
                interest.{{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        -- Of two sets, what is in both is what is in either twice.
        {% for window in windows %}
            interest.viewer_count_{{ window }}
            + interest.carter_count_{{ window }}
            - interest.either_count_{{ window }} as viewer_with_cart_count_{{ window }},
        {% endfor %}
        -- So also of all devices that turned to any product of the category; null without one.
        {% for window in windows %}
            {% for name, count in {
                'viewer_count': 'alike.viewer_count_' ~ window,
                'viewer_with_cart_count': 'alike.viewer_count_' ~ window
                    ~ ' + alike.carter_count_' ~ window ~ ' - alike.either_count_' ~ window,
            }.items() %}
                case
                    when described.category is not null then coalesce({{ count }}, 0)
                end as category_{{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        case
            when interest.view_item_count_{{ longest }} > 0
                then cast(
                    {{ epoch_us('interest.prediction_at') }} - interest.last_view_item_us as double
                ) / 1000000
        end as last_view_item__age_seconds,
        described.unit_price,
        described.age_seconds as version__age_seconds,

        -- times
        interest.prediction_at,
        interest.available_as_of,
        interest.input_fingerprint
    from interest_by_product_id as interest
    left join described
        on
            interest.product_id = described.product_id
            and interest.prediction_at = described.prediction_at
            and interest.available_as_of = described.available_as_of
            and described.recency = 1
    left join interest_by_category as alike
        on
            described.category = alike.category
            and interest.prediction_at = alike.prediction_at
            and interest.available_as_of = alike.available_as_of
    where interest.act_count_{{ longest }} > 0 or described.product_id is not null

)

select * from final
