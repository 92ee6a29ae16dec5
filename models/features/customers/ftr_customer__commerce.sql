-- Grain: one row per account and moment (customer_id, prediction_at, available_as_of).
{{ keyed_by('customer_id', inputs=[
    {
        'model': 'ftr_moments__customer',
        'fingerprint': fingerprint(['prediction_at', 'available_as_of']),
        'required': true,
    },
    {
        'model': 'int_customers__known_movements',
        'fingerprint': fingerprint([
            'order_id', 'original_order_id', 'product_id', 'movement_kind', 'is_product', 'is_sold',
            'quantity', 'amount_reporting', 'event_at', 'available_at', 'known_to_at',
        ]),
    },
]) }}
{% set windows = ['7d', '30d', '90d', 'all'] %}
{% set is_sale = "movements.movement_kind = 'sale' and movements.is_sold" %}
{% set is_return = "movements.movement_kind in ('return', 'cancel')" %}

with moments as (

    select
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        changed.input_fingerprint
    from {{ ref('ftr_moments__customer') }} as moments
    inner join {{ changed_keys() }} as changed on moments.customer_id = changed.customer_id

),

movements as (

    select * from {{ ref('int_customers__known_movements') }}

),

summed as (

    select
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint,
        count(movements.event_at) = 0 as is_cold_start,
        {{ windowed_distinct('order_count', windows, 'movements', 'movements.order_id', is_sale) }},
        -- In the 30 days before the last 30.
        {{ windowed_distinct('order_count', ['60d'], 'movements', 'movements.order_id', is_sale
            ~ " and movements.event_at < moments.prediction_at - " ~ window_interval('30d')) }},
        {{ windowed_sum('unit_count', windows, 'movements', 'movements.quantity',
            is_sale ~ ' and movements.is_product') }},
        {{ windowed_distinct('ordered_product_count', windows, 'movements', 'movements.product_id',
            is_sale ~ ' and movements.is_product') }},
        {{ windowed_sum('sales', windows, 'movements', 'movements.amount_reporting',
            "movements.movement_kind in ('sale', 'discount') and movements.is_sold") }},
        {{ windowed_sum('returns', windows, 'movements', '-movements.amount_reporting',
            is_return) }},
        {{ windowed_sum('net_sales', windows, 'movements', 'movements.amount_reporting',
            "(movements.movement_kind in ('sale', 'discount') and movements.is_sold or "
            ~ is_return ~ ')') }},
        {{ seconds_since_first('movements', is_sale) }} as first_order__age_seconds,
        {{ seconds_since_last('movements', is_sale) }} as last_order__age_seconds,
        {{ seconds_since_last('movements', is_return) }} as last_return__age_seconds
    from moments
    left join movements
        on
            moments.customer_id = movements.customer_id
            and {{ known_before('movements') }}
            and {{ is_still_known('movements') }}
    group by
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint

),

-- An order is placed with its first known line; what comes back of it later is its own.
orders as (

    select
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        movements.original_order_id as order_id,
        min(case when {{ is_sale }} then movements.event_at end) as ordered_at,
        max(case when {{ is_return }} then 1 else 0 end) as came_back
    from moments
    inner join movements
        on
            moments.customer_id = movements.customer_id
            and {{ known_before('movements') }}
            and {{ is_still_known('movements') }}
    group by
        moments.customer_id,
        moments.prediction_at,
        moments.available_as_of,
        movements.original_order_id

),

spaced as (

    select
        *,
        case when ordered_at >= prediction_at - {{ window_interval('90d') }} then 1 else 0 end
            as is_recent,
        {{ epoch_us('ordered_at') }} - lag({{ epoch_us('ordered_at') }}) over (
            partition by customer_id, prediction_at, available_as_of
            order by ordered_at asc, order_id asc
        ) as gap_us
    from orders
    where ordered_at is not null

),

habits as (

    select
        customer_id,
        prediction_at,
        available_as_of,
        cast(sum(gap_us) as double) / nullif(count(gap_us), 0) / 1000000
            as order_gap_mean_seconds,
        {{ sample_deviation('gap_us') }} / 1000000 as order_gap_sd_seconds,
        -- What is recent and thin is drawn towards all that the account ever did: other accounts
        -- have no say in its rows.
        cast({{ smoothed_rate(
            'sum(is_recent * came_back)', 'sum(is_recent)', 'sum(came_back)', 'count(*)'
        ) }} as double) as return_share_90d,
        cast(sum(came_back) as double) / count(*) as return_share_all
    from spaced
    group by customer_id, prediction_at, available_as_of

),

final as (

    select
        -- ids
        summed.customer_id,

        -- attributes
        summed.is_cold_start,

        -- measures
        {% for name in [
            'order_count', 'unit_count', 'ordered_product_count', 'sales', 'returns', 'net_sales',
        ] %}
            {% for window in windows %}
                summed.{{ name }}_{{ window }},
            {% endfor %}
        {% endfor %}
        {% for window in windows %}
            summed.sales_{{ window }} / nullif(summed.order_count_{{ window }}, 0)
                as order_value_mean_{{ window }},
        {% endfor %}
        -- One is added to both, so that there is a trend from the first order on.
        cast(summed.order_count_30d + 1 as double) / (summed.order_count_60d + 1)
            as order_count_trend_30d,
        habits.order_gap_mean_seconds,
        habits.order_gap_sd_seconds,
        habits.return_share_90d,
        habits.return_share_all,
        summed.first_order__age_seconds,
        summed.last_order__age_seconds,
        summed.last_return__age_seconds,

        -- times
        summed.prediction_at,
        summed.available_as_of,
        summed.input_fingerprint
    from summed
    left join habits
        on
            summed.customer_id = habits.customer_id
            and summed.prediction_at = habits.prediction_at
            and summed.available_as_of = habits.available_as_of

)

select * from final
