-- Grain: one row per landed count of stock (_file_id, _row_number), judged once and never dropped.
{% set time_zone = time_zone_of('feeds') %}
{% set key = 'product_id, counted_at, reject_reasons is null' %}
{% set order = newest_first() %}

with landed as (

    select * from {{ source('feeds', 'inventory') }}

),

files as (

    select * from {{ landed_files('feeds', 'inventory') }}

),

fields as (

    select
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,
        landed._source_file,
        files.load_mode,
        files.is_superseded,
        files.loaded_at,
        coalesce({{ is_json_object(to_json('landed.payload')) }}, false) as is_object,
        {{ json_columns(to_json('landed.payload'), {
            'product_id_sent': 'product_id',
            'quantity_text': 'quantity',
            'counted_at_text': 'counted_at',
        }) }}
    from landed
    inner join files on landed._file_id = files.file_id

),

parsed as (

    select
        *,
        {{ id_text('product_id_sent') }} as product_id,
        {{ checked_integer('quantity_text') }} as stock_count,
        {{ local_to_utc('counted_at_text', time_zone) }} as counted_at
    from fields

),

judged as (

    select
        *,
        {{ reject_reasons({
            'malformed_json': 'not is_object',
            'missing_field:product_id': 'is_object and product_id is null',
            'missing_time': 'is_object and counted_at_text is null',
            'bad_type:counted_at': 'counted_at_text is not null and counted_at is null',
            'ancient_timestamp': "counted_at < timestamp '" ~ var('earliest_event_at') ~ "'",
            'future_timestamp': "counted_at > loaded_at + interval '1 day'",
            'missing_field:quantity': 'is_object and quantity_text is null',
            'bad_type:quantity': 'quantity_text is not null and stock_count is null',
            'out_of_range:quantity': 'stock_count < 0',
        }) }} as reject_reasons,
        {{ available_at('counted_at', 'counted_at') }} as row_available_at,
        {{ fingerprint(['stock_count', 'case when stock_count is null then quantity_text end']) }}
            as said
    from parsed

),

compared as (

    select
        *,
        -- A corrected count counts as it was sent last.
        row_number() over versions as version_number,
        first_value(said) over versions as winning_said,
        {{ unbroken_run(key, 'said', order) }} as run_number
    from judged
    window versions as (partition by {{ key }}, is_superseded order by {{ order }})

),

final as (

    select
        -- ids
        product_id,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        'feeds' as source,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded then 'superseded'
            when reject_reasons is null and version_number > 1
                then case when said = winning_said then 'same_payload' else 'superseded' end
        end as duplicate_reason,
        _source_file,

        -- measures
        stock_count,

        -- times
        counted_at,
        loaded_at,
        -- A count that is sent again unchanged was known since its first delivery.
        min(row_available_at) over (partition by {{ key }}, said, run_number) as available_at
    from compared

)

select * from final
