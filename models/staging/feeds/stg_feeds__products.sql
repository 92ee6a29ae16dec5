-- Grain: one row per landed version of a product (_file_id, _row_number), judged once and never
-- dropped.
with landed as (

    select * from {{ source('feeds', 'products') }}

),

files as (

    select * from {{ landed_files('feeds', 'products') }}

),

currencies as (

    select * from {{ ref('currencies') }}

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
            'product_name': 'name',
            'category_1': 'category_path[0]',
            'category_2': 'category_path[1]',
            'category_3': 'category_path[2]',
            'brand': 'brand',
            'unit_price_text': 'price',
            'currency': 'currency',
            'valid_from_text': 'valid_from',
            'updated_at_text': 'updated_at',
            'is_deleted_text': 'is_deleted',
        }) }}
    from landed
    inner join files on landed._file_id = files.file_id

),

parsed as (

    select
        fields.*,
        {{ id_text('fields.product_id_sent') }} as product_id,
        currencies.currency is not null as is_known_currency,
        coalesce(lower(fields.is_deleted_text) in ('true', '1'), false) as is_deleted,
        {{ checked_decimal('fields.unit_price_text') }} as unit_price,
        {{ to_utc('fields.valid_from_text') }} as valid_from,
        {{ to_utc('fields.updated_at_text') }} as updated_at
    from fields
    left join currencies on fields.currency = currencies.currency

),

judged as (

    select
        *,
        {{ reject_reasons({
            'malformed_json': 'not is_object',
            'missing_field:product_id': 'is_object and product_id is null',
            'missing_time': 'is_object and valid_from_text is null',
            'bad_type:valid_from': 'valid_from_text is not null and valid_from is null',
            'missing_field:price': 'is_object and not is_deleted and unit_price_text is null',
            'bad_type:price': 'unit_price_text is not null and unit_price is null',
            'out_of_range:price': 'unit_price < 0',
            'missing_field:currency': 'is_object and not is_deleted and currency is null',
            'bad_enum:currency': 'currency is not null and not is_known_currency',
        }) }} as reject_reasons,
        {{ available_at('updated_at', 'valid_from') }} as row_available_at,
        {{ fingerprint([
            'product_name', 'category_1', 'category_2', 'category_3', 'brand', 'currency',
            'is_deleted', 'unit_price', 'updated_at',
            'case when unit_price is null then unit_price_text end',
            'case when updated_at is null then updated_at_text end',
        ]) }} as said
    from parsed

),

compared as (

    select
        *,
        -- A corrected version counts as it was updated last.
        row_number() over versions as version_number,
        first_value(said) over versions as winning_said,
        -- A version that is sent again unchanged was known since its first delivery.
        min(row_available_at) over (
            partition by product_id, valid_from, reject_reasons is null, said
        ) as earliest_available_at
    from judged
    window versions as (
        partition by product_id, valid_from, reject_reasons is null, is_superseded
        order by
            updated_at desc nulls last,
            loaded_at desc,
            _dlt_load_id desc,
            _file_id asc,
            _row_number asc
    )

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
        true as is_product,
        product_name,
        brand,
        coalesce(category_3, category_2, category_1) as category,
        nullif(concat_ws(' > ', category_1, category_2, category_3), '') as category_path,
        currency,
        is_deleted,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded then 'superseded'
            when reject_reasons is null and version_number > 1
                then case when said = winning_said then 'same_payload' else 'superseded' end
        end as duplicate_reason,
        _source_file,

        -- measures
        unit_price,

        -- times
        valid_from,
        updated_at,
        loaded_at,
        earliest_available_at as available_at
    from compared

)

select * from final
