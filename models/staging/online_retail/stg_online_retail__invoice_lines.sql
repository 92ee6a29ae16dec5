-- Grain: one row per landed invoice line (_file_id, _row_number), judged once and never dropped.
{{ keyed_by(
    '_file_id',
    inputs=[
        {
            'model': 'stg_landing__files',
            'key': 'file_id',
            'where': "source = 'online_retail' and entity = 'invoice_lines' and status = 'landed'",
        },
        {
            'source': ['online_retail', 'invoice_lines'],
            'fingerprint': fingerprint(['_row_number']),
        },
    ]
) }}
{% set shop = var('sources')['online_retail'] %}

with landed as (

    select * from {{ source('online_retail', 'invoice_lines') }}

),

files as (

    select
        files.file_id,
        files.load_mode,
        files.is_superseded,
        files.loaded_at,
        changed.input_fingerprint
    from {{ ref('stg_landing__files') }} as files
    inner join {{ changed_keys() }} as changed on files.file_id = changed._file_id
    where
        files.source = 'online_retail'
        and files.entity = 'invoice_lines'
        and files.status = 'landed'

),

parsed as (

    select
        -- ids
        {{ id_text('landed.invoiceno') }} as order_id,
        {{ id_text('landed.stockcode') }} as product_id,
        -- Written as a float by the publisher's export: 17850.0
        regexp_replace({{ not_blank('landed.customerid') }}, '[.]0$', '') as customer_id,
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,

        -- attributes
        {{ not_blank('landed.description') }} as description,
        {{ not_blank('landed.country') }} as country,
        landed._source_file,
        files.load_mode,
        files.is_superseded,
        {{ not_blank('landed.quantity') }} as quantity_text,
        {{ not_blank('landed.unitprice') }} as unit_price_text,
        {{ not_blank('landed.invoicedate') }} as ordered_at_text,

        -- measures
        {{ checked_integer('landed.quantity') }} as quantity,
        {{ checked_decimal('landed.unitprice') }} as unit_price,

        -- times
        {{ local_to_utc('landed.invoicedate', shop.time_zone) }} as ordered_at,
        files.loaded_at,
        files.input_fingerprint
    from landed
    inner join files on landed._file_id = files.file_id

),

judged as (

    select
        *,
        {{ reject_reasons({
            'missing_field:InvoiceNo': 'order_id is null',
            'missing_field:StockCode': 'product_id is null',
            'missing_field:Quantity': 'quantity_text is null',
            'bad_type:Quantity': 'quantity_text is not null and quantity is null',
            'out_of_range:Quantity': 'quantity not between -1000000000 and 1000000000',
            'missing_field:UnitPrice': 'unit_price_text is null',
            'bad_type:UnitPrice': 'unit_price_text is not null and unit_price is null',
            'out_of_range:line_total':
                'abs(cast(quantity as double) * cast(unit_price as double)) >= 1e13',
            'missing_time': 'ordered_at_text is null',
            'bad_type:InvoiceDate': 'ordered_at_text is not null and ordered_at is null',
            'ancient_timestamp': "ordered_at < timestamp '" ~ var('earliest_event_at') ~ "'",
            'future_timestamp': "ordered_at > loaded_at + interval '1 day'",
        }) }} as reject_reasons
    from parsed

),

final as (

    select
        -- ids
        order_id,
        product_id,
        customer_id,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        description,
        country,
        -- Identity is position: two equal lines are two scans of one article, both real.
        {{ row_status() }} as row_status,
        reject_reasons,
        case when is_superseded then 'superseded' end as duplicate_reason,
        _source_file,

        -- measures
        quantity,
        unit_price,

        -- times
        ordered_at,
        loaded_at,
        {{ available_at(
            "ordered_at + interval '" ~ (shop.lag_minutes or 0) ~ " minutes'", 'ordered_at'
        ) }} as available_at,
        input_fingerprint
    from judged

)

select * from final
