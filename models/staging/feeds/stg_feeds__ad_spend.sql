-- Grain: one row per landed figure (_file_id, _row_number), judged once and never dropped.
{% set time_zone = time_zone_of('feeds') %}
{% set key = [
    'spend_on', 'spend_source', 'spend_medium', 'spend_campaign', 'reject_reasons is null',
] | join(', ') %}
{% set order = newest_first('published_at desc nulls last') %}

with landed as (

    select * from {{ source('feeds', 'ad_spend') }}

),

files as (

    select * from {{ landed_files('feeds', 'ad_spend') }}

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
            'date_text': 'date',
            'source_text': 'source',
            'medium_text': 'medium',
            'campaign_text': 'campaign',
            'cost_text': 'cost',
            'currency': 'currency',
            'impressions_text': 'impressions',
            'clicks_text': 'clicks',
            'published_at_text': 'published_at',
        }) }}
    from landed
    inner join files on landed._file_id = files.file_id

),

parsed as (

    select
        fields.*,
        currencies.currency is not null as is_known_currency,
        -- As visits spell them, so that the two meet.
        {{ normal_text('fields.source_text') }} as spend_source,
        {{ normal_text('fields.medium_text') }} as spend_medium,
        {{ normal_text('fields.campaign_text') }} as spend_campaign,
        {{ checked_decimal('fields.cost_text') }} as cost,
        {{ checked_integer('fields.impressions_text') }} as impression_count,
        {{ checked_integer('fields.clicks_text') }} as click_count,
        {{ checked_date('fields.date_text') }} as spend_on,
        {{ local_to_utc('fields.published_at_text', time_zone) }} as published_at
    from fields
    left join currencies on fields.currency = currencies.currency

),

judged as (

    select
        *,
        {{ reject_reasons({
            'malformed_json': 'not is_object',
            'missing_time': 'is_object and date_text is null',
            'bad_type:date': 'date_text is not null and spend_on is null',
            'ancient_timestamp': "spend_on < timestamp '" ~ var('earliest_event_at') ~ "'",
            'future_timestamp': "spend_on > loaded_at + interval '1 day'",
            'bad_type:published_at': 'published_at_text is not null and published_at is null',
            'out_of_range:published_at':
                'published_at is not null and ' ~ believable('published_at') ~ ' is null',
            'missing_field:source': 'is_object and spend_source is null',
            'missing_field:currency': 'is_object and currency is null',
            'bad_enum:currency': 'currency is not null and not is_known_currency',
            'missing_field:cost': 'is_object and cost_text is null',
            'bad_type:cost': 'cost_text is not null and cost is null',
            'out_of_range:cost': 'cost < 0 or cost >= 10000000000000',
            'bad_type:impressions': 'impressions_text is not null and impression_count is null',
            'out_of_range:impressions': 'impression_count not between 0 and 1000000000000',
            'bad_type:clicks': 'clicks_text is not null and click_count is null',
            'out_of_range:clicks': 'click_count not between 0 and 1000000000000',
        }) }} as reject_reasons,
        {{ available_at('published_at', 'published_at') }} as row_available_at,
        {{ fingerprint(['cost', 'currency', 'impression_count', 'click_count']) }} as said
    from parsed

),

compared as (

    select
        *,
        -- A corrected figure counts as it was published last.
        row_number() over versions as version_number,
        first_value(said) over versions as winning_said,
        {{ unbroken_run(key, 'said', order) }} as run_number
    from judged
    window versions as (partition by {{ key }}, is_superseded order by {{ order }})

),

final as (

    select
        -- ids
        spend_on,
        spend_source,
        spend_medium,
        spend_campaign,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        'feeds' as source,
        currency,
        {{ row_status('version_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded then 'superseded'
            when reject_reasons is null and version_number > 1
                then case when said = winning_said then 'same_payload' else 'superseded' end
        end as duplicate_reason,
        _source_file,

        -- measures
        cost,
        impression_count,
        click_count,

        -- times
        published_at,
        loaded_at,
        -- A figure that is sent again unchanged was known since its first delivery.
        min(row_available_at) over (partition by {{ key }}, said, published_at, run_number)
            as available_at
    from compared

)

select * from final
