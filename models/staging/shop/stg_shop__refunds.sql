-- Grain: one row per landed version of a refunded line (_file_id, _row_number), judged once and
-- never dropped.
{% set time_zone = time_zone_of('shop') %}

with landed as (

    select * from {{ source('shop', 'refunds') }}

),

files as (

    select * from {{ landed_files('shop', 'refunds') }}

),

parsed as (

    select
        -- ids
        {{ id_text('landed.refund_id') }} as refund_id,
        {{ id_text('landed.order_id') }} as order_id,
        {{ checked_integer('landed.line_number') }} as line_number,
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,

        -- attributes
        {{ not_blank('landed.reason') }} as reason,
        {{ not_blank('landed.line_number') }} as line_number_text,
        {{ not_blank('landed.refunded_at') }} as refunded_at_text,
        {{ not_blank('landed.amount') }} as amount_text,
        {{ not_blank('landed.quantity') }} as quantity_text,
        landed._source_file,
        coalesce(landed._is_deleted, false) as is_deleted,
        files.load_mode,
        files.is_superseded,

        -- measures
        {{ checked_decimal('landed.amount') }} as amount,
        {{ checked_integer('landed.quantity') }} as quantity,

        -- times
        {{ local_to_utc('landed.refunded_at', time_zone) }} as refunded_at,
        files.loaded_at
    from landed
    inner join files on landed._file_id = files.file_id

),

judged as (

    select
        *,
        {{ reject_reasons({
            'missing_field:refund_id': 'refund_id is null',
            'missing_time': 'not is_deleted and refunded_at_text is null',
            'bad_type:refunded_at': 'refunded_at_text is not null and refunded_at is null',
            'ancient_timestamp': "refunded_at < timestamp '" ~ var('earliest_event_at') ~ "'",
            'future_timestamp': "refunded_at > loaded_at + interval '1 day'",
            'missing_field:order_id': 'not is_deleted and order_id is null',
            'bad_type:line_number': 'line_number_text is not null and line_number is null',
            'missing_field:amount': 'not is_deleted and amount_text is null',
            'bad_type:amount': 'amount_text is not null and amount is null',
            'out_of_range:amount': 'amount <= 0 or amount >= 10000000000000',
            'missing_field:quantity': 'not is_deleted and quantity_text is null',
            'bad_type:quantity': 'quantity_text is not null and quantity is null',
            'out_of_range:quantity': 'quantity not between 1 and 1000000000',
        }) }} as reject_reasons
    from parsed

),

numbered as (

    select
        *,
        -- The table's present state counts: of the sound versions the one that landed last.
        row_number() over (
            partition by refund_id, reject_reasons is null, is_superseded
            order by loaded_at desc, _dlt_load_id desc, _row_number desc, _file_id asc
        ) as version_number
    from judged

),

final as (

    select
        -- ids
        refund_id,
        order_id,
        line_number,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        reason,
        is_deleted,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded or (reject_reasons is null and version_number > 1) then 'superseded'
        end as duplicate_reason,
        _source_file,

        -- measures
        amount,
        quantity,

        -- times
        refunded_at,
        loaded_at,
        {{ available_at('refunded_at', 'refunded_at') }} as available_at
    from numbered

)

select * from final
