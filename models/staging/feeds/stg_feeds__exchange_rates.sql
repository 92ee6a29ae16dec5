-- Grain: one row per landed rate (_file_id, _row_number), judged once and never dropped.
{% set time_zone = time_zone_of('feeds') %}
{% set key = 'currency, rate_date, reject_reasons is null' %}
{% set order = newest_first('published_at desc nulls last') %}

with landed as (

    select * from {{ source('feeds', 'exchange_rates') }}

),

files as (

    select * from {{ landed_files('feeds', 'exchange_rates') }}

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
            'rate_date_text': 'rate_date',
            'base_currency': 'base',
            'currency': 'currency',
            'rate_text': 'rate',
            'published_at_text': 'published_at',
        }) }}
    from landed
    inner join files on landed._file_id = files.file_id

),

parsed as (

    select
        fields.*,
        currencies.currency is not null as is_known_currency,
        {{ checked_decimal('fields.rate_text', type='decimal(18, 8)') }} as rate,
        {{ checked_date('fields.rate_date_text') }} as rate_date,
        {{ local_to_utc('fields.published_at_text', time_zone) }} as published_at
    from fields
    left join currencies on fields.currency = currencies.currency

),

judged as (

    select
        *,
        {{ reject_reasons({
            'malformed_json': 'not is_object',
            'missing_field:currency': 'is_object and currency is null',
            'bad_enum:currency': 'currency is not null and not is_known_currency',
            'missing_field:base': 'is_object and base_currency is null',
            'bad_enum:base': "base_currency <> '" ~ var('rates_base_currency') ~ "'",
            'missing_time': 'is_object and rate_date_text is null',
            'bad_type:rate_date': 'rate_date_text is not null and rate_date is null',
            'future_timestamp': "rate_date > loaded_at + interval '1 day'",
            'bad_type:published_at': 'published_at_text is not null and published_at is null',
            'out_of_range:published_at':
                'published_at is not null and ' ~ believable('published_at') ~ ' is null',
            'missing_field:rate': 'is_object and rate_text is null',
            'bad_type:rate': 'rate_text is not null and rate is null',
            'out_of_range:rate': 'rate <= 0',
        }) }} as reject_reasons,
        {{ available_at('published_at', 'published_at') }} as row_available_at,
        {{ fingerprint(['base_currency', 'rate']) }} as said
    from parsed

),

compared as (

    select
        *,
        -- A corrected rate counts as it was published last.
        row_number() over versions as version_number,
        first_value(said) over versions as winning_said,
        {{ unbroken_run(key, 'said', order) }} as run_number
    from judged
    window versions as (partition by {{ key }}, is_superseded order by {{ order }})

),

final as (

    select
        -- ids
        currency,
        rate_date,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        'feeds' as source,
        base_currency,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded then 'superseded'
            when reject_reasons is null and version_number > 1
                then case when said = winning_said then 'same_payload' else 'superseded' end
        end as duplicate_reason,
        _source_file,

        -- measures
        rate,

        -- times
        published_at,
        loaded_at,
        -- A rate that is sent again unchanged was known since its first delivery.
        min(row_available_at) over (partition by {{ key }}, said, published_at, run_number)
            as available_at
    from compared

)

select * from final
