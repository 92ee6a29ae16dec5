-- Grain: one row per product and moment (product_id, prediction_at, available_as_of). Rebuilt by
-- the moment: it leans on the other products of the moment.
{{ keyed_by('prediction_at', inputs=[
    {
        'model': 'ftr_product__popularity',
        'fingerprint': fingerprint(['product_id', 'is_cold_start', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'ftr_moments__sights',
        'fingerprint': fingerprint(['available_as_of', 'acts_fingerprint']),
    },
]) }}

with changed as (

    select * from {{ changed_keys() }}

),

popularity as (

    select
        popularity.product_id,
        popularity.is_cold_start,
        popularity.prediction_at,
        popularity.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_product__popularity') }} as popularity
    inner join changed on popularity.prediction_at = changed.prediction_at

),

moments as (

    select moments.*
    from {{ ref('ftr_moments__assortment') }} as moments
    inner join changed on moments.prediction_at = changed.prediction_at

),

acts as (

    select * from {{ ref('int_visitors__products') }}
    where event_type = 'view_item'

),

-- What each device had looked at in the week before, as far as known.
viewed as (

    select
        moments.prediction_at,
        moments.available_as_of,
        acts.visitor_id,
        acts.product_id
    from moments
    inner join acts
        on
            {{ is_in_window('7d', 'acts') }}
            and {{ known_before('acts') }}
    group by
        moments.prediction_at,
        moments.available_as_of,
        acts.visitor_id,
        acts.product_id

),

-- A device that looked at more is a script's, and would give more pairs than everybody else
-- together; what it does later does not count here.
kept as (

    select * from (
        select
            *,
            count(*) over (
                partition by visitor_id, prediction_at, available_as_of
            ) as viewed_count
        from viewed
    ) as counted
    where viewed_count <= {{ whole_var('covisit_max_acts') }}

),

paired as (

    select
        popularity.product_id,
        popularity.prediction_at,
        popularity.available_as_of,
        others.product_id as other_product_id,
        count(*) as device_count
    from popularity
    inner join kept
        on
            popularity.product_id = kept.product_id
            and popularity.prediction_at = kept.prediction_at
            and popularity.available_as_of = kept.available_as_of
    inner join kept as others
        on
            kept.visitor_id = others.visitor_id
            and kept.prediction_at = others.prediction_at
            and kept.available_as_of = others.available_as_of
    group by
        popularity.product_id,
        popularity.prediction_at,
        popularity.available_as_of,
        others.product_id

),

-- A product meets itself in every device that looked at it.
ranked as (

    select
        *,
        max(case when product_id = other_product_id then device_count end) over (
            partition by product_id, prediction_at, available_as_of
        ) as viewer_count,
        row_number() over (
            partition by product_id, prediction_at, available_as_of
            order by
                case when product_id = other_product_id then 1 else 0 end asc,
                device_count desc,
                other_product_id asc
        ) as place
    from paired

),

covisited as (

    select
        product_id,
        prediction_at,
        available_as_of,
        count(*) - 1 as other_count,
        max(case
            when place = 1 and product_id <> other_product_id then other_product_id
        end) as top_product_id,
        max(case
            when place = 1 and product_id <> other_product_id then device_count
        end) as top_count,
        max(viewer_count) as viewer_count
    from ranked
    group by product_id, prediction_at, available_as_of

),

final as (

    select
        -- ids
        popularity.product_id,

        -- attributes
        popularity.is_cold_start,
        covisited.top_product_id as top_coviewed_product_id_7d,

        -- measures
        cast(
            case when not popularity.is_cold_start then coalesce(covisited.other_count, 0) end
            as integer
        ) as coviewed_product_count_7d,
        cast(covisited.top_count as double) / covisited.viewer_count
            as top_coviewed_product_share_7d,

        -- times
        popularity.prediction_at,
        popularity.available_as_of,
        popularity.input_fingerprint
    from popularity
    left join covisited
        on
            popularity.product_id = covisited.product_id
            and popularity.prediction_at = covisited.prediction_at
            and popularity.available_as_of = covisited.available_as_of

)

select * from final
