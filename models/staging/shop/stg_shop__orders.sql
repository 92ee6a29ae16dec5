-- Grain: one row per landed version of an order (_file_id, _row_number), judged once and never
-- dropped.
{% set shop = var('sources').shop or {} %}
{% set time_zone = time_zone_of('shop') %}
{% set versions = 'order_id, reject_reasons is null, is_superseded' %}
{# What a sale is, whatever becomes of it: not the status, not when the row changed. #}
{% set sale = [
    'customer_id', 'payment_status', 'currency', 'coupon_code', 'is_test', 'is_deleted',
    'discount_total', 'tax_total', 'shipping_total', 'ordered_at',
] %}

with landed as (

    select * from {{ source('shop', 'orders') }}

),

files as (

    select * from {{ landed_files('shop', 'orders') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

parsed as (

    select
        -- ids
        {{ id_text('landed.order_id') }} as order_id,
        {{ id_text('landed.customer_id') }} as customer_id,
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,

        -- attributes
        {{ not_blank('landed.status') }} as status,
        {{ not_blank('landed.payment_status') }} as payment_status,
        {{ not_blank('landed.currency') }} as currency,
        {{ not_blank('landed.coupon_code') }} as coupon_code,
        {{ checked_boolean('landed.is_test') }} as is_test,
        {{ not_blank('landed.is_test') }} as is_test_text,
        currencies.currency is not null as is_known_currency,
        {{ not_blank('landed.discount_total') }} as discount_total_text,
        {{ not_blank('landed.tax_total') }} as tax_total_text,
        {{ not_blank('landed.shipping_total') }} as shipping_total_text,
        {{ not_blank('landed.ordered_at') }} as ordered_at_text,
        {{ not_blank('landed.cancelled_at') }} as cancelled_at_text,
        landed._source_file,
        coalesce(landed._is_deleted, false) as is_deleted,
        files.load_mode,
        files.is_superseded,

        -- measures
        {{ checked_decimal('landed.discount_total') }} as discount_total,
        {{ checked_decimal('landed.tax_total') }} as tax_total,
        {{ checked_decimal('landed.shipping_total') }} as shipping_total,

        -- times
        {{ local_to_utc('landed.ordered_at', time_zone) }} as ordered_at,
        {{ believable(local_to_utc('landed.updated_at', time_zone), 'files.loaded_at') }}
            as updated_at,
        {{ local_to_utc('landed.cancelled_at', time_zone) }} as cancelled_at,
        files.loaded_at
    from landed
    inner join files on landed._file_id = files.file_id
    left join currencies on trim(landed.currency) = currencies.currency

),

judged as (

    select
        *,
        {{ reject_reasons({
            'missing_field:order_id': 'order_id is null',
            'missing_time': 'not is_deleted and ordered_at_text is null',
            'bad_type:ordered_at': 'ordered_at_text is not null and ordered_at is null',
            'bad_type:cancelled_at': 'cancelled_at_text is not null and cancelled_at is null',
            'ancient_timestamp': "ordered_at < timestamp '" ~ var('earliest_event_at') ~ "'",
            'future_timestamp': "ordered_at > loaded_at + interval '1 day'",
            'out_of_range:cancelled_at':
                'cancelled_at is not null and ' ~ believable('cancelled_at') ~ ' is null',
            'bad_type:is_test': 'is_test_text is not null and is_test is null',
            'bad_enum:status': "not is_deleted"
                ~ " and coalesce(status, '') not in ('pending', 'paid', 'shipped', 'cancelled')",
            'bad_enum:payment_status': "payment_status not in ('pending', 'paid', 'failed')",
            'bad_type:discount_total': 'discount_total_text is not null and discount_total is null',
            'out_of_range:discount_total': 'discount_total < 0 or discount_total >= 10000000000000',
            'bad_type:tax_total': 'tax_total_text is not null and tax_total is null',
            'out_of_range:tax_total': 'tax_total < 0 or tax_total >= 10000000000000',
            'bad_type:shipping_total': 'shipping_total_text is not null and shipping_total is null',
            'out_of_range:shipping_total': 'shipping_total < 0 or shipping_total >= 10000000000000',
            'missing_field:currency': 'not is_deleted and currency is null',
            'bad_enum:currency': 'currency is not null and not is_known_currency',
        }) }} as reject_reasons
    from parsed

),

numbered as (

    select
        *,
        -- The table's present state counts: of the sound versions the one that landed last.
        row_number() over (
            partition by order_id, reject_reasons is null, is_superseded
            order by loaded_at desc, _dlt_load_id desc, _row_number desc, _file_id asc
        ) as version_number,
        -- Cancelled without a time: when the row last changed.
        case when status = 'cancelled' then coalesce(cancelled_at, updated_at, ordered_at) end
            as ended_at
    from judged

),

compared as (

    select
        *,
        {{ is_news(sale, versions, 'version_number') }} as is_sale_news,
        {{ is_news(['ended_at'], versions, 'version_number') }} as is_end_news
    from numbered

),

final as (

    select
        -- ids
        order_id,
        customer_id,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        status,
        payment_status,
        currency,
        coupon_code,
        -- Unsaid is no: a null would reach is_sold, and neither count nor leave out the order.
        coalesce(is_test, false) as is_test,
        is_deleted,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded or (reject_reasons is null and version_number > 1) then 'superseded'
        end as duplicate_reason,
        _source_file,

        -- measures
        discount_total,
        tax_total,
        shipping_total,

        -- times
        ordered_at,
        updated_at,
        ended_at as cancelled_at,
        loaded_at,
        {{ available_at('updated_at', 'updated_at') }} as available_at,
        max(case
            when is_sale_news
                then {{ available_at(
                    "ordered_at + interval '" ~ (shop.lag_minutes or 0) ~ " minutes'", 'ordered_at'
                ) }}
        end) over (partition by order_id, reject_reasons is null, is_superseded)
            as sale_available_at,
        case
            when ended_at is not null
                then max(case when is_end_news then {{ available_at('ended_at', 'ended_at') }} end)
                    over (partition by order_id, reject_reasons is null, is_superseded)
        end as cancelled_available_at
    from compared

)

select * from final
