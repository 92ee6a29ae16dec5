-- Grain: one row per landed version of an order line (_file_id, _row_number), judged once and never
-- dropped.
with landed as (

    select * from {{ source('shop', 'order_items') }}

),

files as (

    select * from {{ landed_files('shop', 'order_items') }}

),

parsed as (

    select
        -- ids
        {{ id_text('landed.order_id') }} as order_id,
        {{ id_text('landed.product_id') }} as product_id,
        {{ checked_integer('landed.line_number') }} as line_number,
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,

        -- attributes
        {{ not_blank('landed.unit_price') }} as unit_price_text,
        {{ not_blank('landed.quantity') }} as quantity_text,
        {{ not_blank('landed.line_number') }} as line_number_text,
        landed._source_file,
        coalesce(landed._is_deleted, false) as is_deleted,
        files.load_mode,
        files.is_superseded,

        -- measures
        {{ checked_decimal('landed.unit_price') }} as unit_price,
        {{ checked_integer('landed.quantity') }} as quantity,

        -- times
        files.loaded_at
    from landed
    inner join files on landed._file_id = files.file_id

),

judged as (

    select
        *,
        {{ reject_reasons({
            'missing_field:order_id': 'order_id is null',
            'missing_field:line_number': 'line_number_text is null',
            'bad_type:line_number': 'line_number_text is not null and line_number is null',
            'missing_field:product_id': 'not is_deleted and product_id is null',
            'missing_field:unit_price': 'not is_deleted and unit_price_text is null',
            'bad_type:unit_price': 'unit_price_text is not null and unit_price is null',
            'out_of_range:unit_price': 'unit_price < 0',
            'missing_field:quantity': 'not is_deleted and quantity_text is null',
            'bad_type:quantity': 'quantity_text is not null and quantity is null',
            'out_of_range:quantity': 'quantity not between 1 and 1000000000',
            'out_of_range:line_total':
                'cast(quantity as double) * cast(unit_price as double) >= 1e13',
        }) }} as reject_reasons
    from parsed

),

numbered as (

    select
        *,
        -- The table's present state counts: of the sound versions the one that landed last.
        row_number() over (
            partition by order_id, line_number, reject_reasons is null, is_superseded
            order by loaded_at desc, _dlt_load_id desc, _row_number desc, _file_id asc
        ) as version_number
    from judged

),

compared as (

    select
        *,
        {{ is_news(
            ['product_id', 'quantity', 'unit_price', 'is_deleted'],
            'order_id, line_number, reject_reasons is null, is_superseded',
            'version_number',
        ) }} as is_news
    from numbered

),

final as (

    select
        -- ids
        order_id,
        product_id,
        line_number,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        is_deleted,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded or (reject_reasons is null and version_number > 1) then 'superseded'
        end as duplicate_reason,
        _source_file,

        -- measures
        unit_price,
        quantity,

        -- times
        loaded_at,
        -- The table has no time of its own: known when it landed.
        loaded_at as available_at,
        max(case when is_news and load_mode <> 'backfill' then loaded_at end) over (
            partition by order_id, line_number, reject_reasons is null, is_superseded
        ) as changed_available_at
    from compared

)

select * from final
