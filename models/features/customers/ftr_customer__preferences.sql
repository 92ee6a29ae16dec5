-- Grain: one row per account and moment (customer_id, prediction_at, available_as_of).
{{ keyed_by('customer_id', inputs=[
    {
        'model': 'ftr_moments__customer',
        'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'int_customers__events',
        'fingerprint': fingerprint([
            'event_id', 'event_type', 'product_id', 'event_at', 'available_at',
        ]),
        'until': ['available_at', 'ftr_moments__customer', 'available_as_of'],
    },
    {
        'model': 'int_customers__product_versions',
        'fingerprint': fingerprint([
            'product_id', 'version_id', 'category', 'valid_from', 'available_at',
        ]),
    },
]) }}

with moments as (

    select
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__customer') }} as moments
    inner join {{ changed_keys() }} as changed on moments.customer_id = changed.customer_id

),

events as (

    select events.*
    from {{ ref('int_customers__events') }} as events
    inner join {{ changed_keys() }} as changed on events.customer_id = changed.customer_id

),

versions as (

    select
        customer_id,
        product_id,
        version_id,
        category,
        valid_from as event_at,
        available_at
    from {{ ref('int_customers__product_versions') }}

),

known as (

    select *
    from moments
    where exists (
        select 1 from events
        where events.customer_id = moments.customer_id and {{ known_before('events') }}
    )

),

viewed as (

    select
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        events.product_id,
        count(*) as view_count
    from known as moments
    inner join events
        on
            moments.customer_id = events.customer_id
            and events.event_type = 'view_item'
            and {{ is_in_window('90d', 'events') }}
            and {{ known_before('events') }}
    where events.product_id is not null
    group by
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        events.product_id

),

-- A product is of the category that held before the moment, as known by then; what it became
-- later it was not.
categorised as (

    select
        moments.*,
        versions.category,
        row_number() over (
            partition by
                moments.customer_id,
                moments.prediction_at,
                moments.available_as_of,
                moments.product_id
            order by
                versions.event_at desc,
                versions.available_at desc,
                versions.version_id desc
        ) as recency
    from viewed as moments
    inner join versions
        on
            moments.customer_id = versions.customer_id
            and moments.product_id = versions.product_id
            and {{ known_before('versions') }}

),

categories as (

    select
        customer_id,
        prediction_at,
        available_as_of,
        category,
        sum(view_count) as view_count
    from categorised
    where recency = 1 and category is not null
    group by customer_id, prediction_at, available_as_of, category

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, prediction_at, available_as_of
            order by view_count desc, category asc
        ) as place
    from categories

),

mixed as (

    select
        customer_id,
        prediction_at,
        available_as_of,
        count(*) as category_count,
        max(case when place = 1 then category end) as top_category,
        cast(max(view_count) as double) / sum(view_count) as top_category_share,
        -- Decimals add up to the same in any order; a single category mixes nothing.
        case
            when count(*) = 1 then 0
            else
                ln(cast(sum(view_count) as double))
                - cast(
                    sum(cast(view_count * ln(cast(view_count as double)) as decimal(28, 12)))
                    as double
                ) / sum(view_count)
        end as category_entropy
    from ranked
    group by customer_id, prediction_at, available_as_of

),

final as (

    select
        -- ids
        moments.customer_id,

        -- attributes
        known.customer_id is null as is_cold_start,
        mixed.top_category as top_viewed_category_90d,

        -- measures
        cast(
            case when known.customer_id is not null then coalesce(mixed.category_count, 0) end
            as integer
        ) as viewed_category_count_90d,
        mixed.top_category_share as top_viewed_category_share_90d,
        cast(mixed.category_entropy as double) as viewed_category_entropy_90d,

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    {% for relation in ['known', 'mixed'] %}
        left join {{ relation }}
            on
                moments.customer_id = {{ relation }}.customer_id
                and moments.prediction_at = {{ relation }}.prediction_at
                and moments.available_as_of = {{ relation }}.available_as_of
    {% endfor %}

)

select * from final
