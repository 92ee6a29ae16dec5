-- Grain: one row per landed version of a product (_file_id, _row_number), judged once and never
-- dropped.
{% set time_zone = time_zone_of('feeds') %}
{% set key = 'product_id, valid_from, reject_reasons is null' %}
{% set order = newest_first('updated_at desc nulls last') %}

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
            'name_text': 'name',
            'category_text': 'category_path',
            'category_1_text': 'category_path[0]',
            'category_2_text': 'category_path[1]',
            'category_3_text': 'category_path[2]',
            'category_4_text': 'category_path[3]',
            'category_5_text': 'category_path[4]',
            'brand_text': 'brand',
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
        {{ not_blank('fields.name_text') }} as product_name,
        {{ not_blank('fields.brand_text') }} as brand,
        -- A list, or one text that names the steps itself.
        coalesce(
            nullif(concat_ws(
                ' > ',
                {{ not_blank('fields.category_1_text') }},
                {{ not_blank('fields.category_2_text') }},
                {{ not_blank('fields.category_3_text') }},
                {{ not_blank('fields.category_4_text') }},
                {{ not_blank('fields.category_5_text') }}
            ), ''),
            case
                when substr(fields.category_text, 1, 1) not in ('[', '{')
                    then {{ not_blank('fields.category_text') }}
            end
        ) as category_path,
        coalesce({{ checked_boolean('fields.is_deleted_text') }}, false) as is_deleted,
        {{ checked_decimal('fields.unit_price_text') }} as unit_price,
        {{ local_to_utc('fields.valid_from_text', time_zone) }} as valid_from,
        {{ local_to_utc('fields.updated_at_text', time_zone) }} as updated_at
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
            'bad_type:updated_at': 'updated_at_text is not null and updated_at is null',
            'out_of_range:updated_at':
                'updated_at is not null and ' ~ believable('updated_at') ~ ' is null',
            'bad_type:is_deleted': not_blank('is_deleted_text') ~ ' is not null and '
                ~ checked_boolean('is_deleted_text') ~ ' is null',
            'missing_field:price': 'is_object and not is_deleted and unit_price_text is null',
            'bad_type:price': 'unit_price_text is not null and unit_price is null',
            'out_of_range:price': 'unit_price < 0',
            'missing_field:currency': 'is_object and not is_deleted and currency is null',
            'bad_enum:currency': 'currency is not null and not is_known_currency',
        }) }} as reject_reasons,
        {{ available_at('updated_at', 'valid_from') }} as row_available_at,
        {{ fingerprint([
            'product_name', 'category_path', 'brand', 'currency', 'is_deleted', 'unit_price',
            'updated_at',
            'case when unit_price is null then unit_price_text end',
        ]) }} as said
    from parsed

),

compared as (

    select
        *,
        -- A corrected version counts as it was updated last.
        row_number() over versions as version_number,
        first_value(said) over versions as winning_said,
        {{ unbroken_run(key, 'said', order) }} as run_number
    from judged
    window versions as (partition by {{ key }}, is_superseded order by {{ order }})

),

known as (

    select
        *,
        -- A version that is sent again unchanged was known since its first delivery.
        min(row_available_at) over (partition by {{ key }}, said, run_number) as available_at
    from compared

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
        regexp_replace(category_path, '^.* > ', '') as category,
        category_path,
        currency,
        is_deleted,
        -- What came when a newer one was there already was never what was known, unless that one's
        -- file was replaced. One whose file was replaced is forgotten where what holds is older.
        reject_reasons is null and case
            when is_superseded
                then
                    coalesce(available_at < min(available_at) over newer, true)
                    and coalesce(available_at < max(
                        case when not is_superseded and version_number = 1 then available_at end
                    ) over (partition by {{ key }}), true)
            else
                coalesce(
                    available_at
                    < min(case when not is_superseded then available_at end) over newer,
                    true
                )
        end as was_newest_known,
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
        available_at
    from known
    window newer as (
        partition by {{ key }}
        order by {{ order }}
        rows between unbounded preceding and 1 preceding
    )

)

select * from final
