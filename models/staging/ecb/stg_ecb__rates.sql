-- Grain: one row per landed day (_file_id, _row_number), judged once and never dropped; a column
-- per currency.
{% set rules = {
    'missing_time': 'rate_date_text is null',
    'bad_type:Date': 'rate_date_text is not null and rate_date is null',
} %}
{% set texts = [] %}
{% for currency in ecb_currencies() %}
    {% do texts.append("coalesce(" ~ currency | lower ~ "_text, '~')") %}
    {# N/A is the bank's way to say that there was no rate that day. #}
    {% do rules.update({
        'bad_type:' ~ currency: "coalesce(" ~ currency | lower ~ "_text, 'N/A') <> 'N/A' and "
        ~ currency | lower ~ ' is null',
        'out_of_range:' ~ currency: currency | lower ~ ' <= 0',
    }) %}
{% endfor %}

with landed as (

    select * from {{ source('ecb', 'rates') }}

),

files as (

    select * from {{ landed_files('ecb', 'rates') }}

),

parsed as (

    select
        -- ids
        landed._file_id,
        landed._row_number,
        landed._dlt_load_id,

        -- attributes
        landed._source_file,
        files.load_mode,
        files.is_superseded,
        {{ not_blank('landed.date') }} as rate_date_text,
        {% for currency in ecb_currencies() %}
            {{ not_blank('landed.' ~ currency | lower) }} as {{ currency | lower }}_text,
        {% endfor %}

        -- measures
        {% for currency in ecb_currencies() %}
            {{ checked_decimal('landed.' ~ currency | lower, type='decimal(18, 8)') }}
                as {{ currency | lower }},
        {% endfor %}

        -- times
        {{ checked_date('landed.date') }} as rate_date,
        -- The bank publishes at about 16:00 of its own time.
        {{ local_to_utc(
            "landed.date || ' 16:00:00'", var('sources').ecb.time_zone or 'Europe/Berlin'
        ) }}
            as published_at,
        files.loaded_at
    from landed
    inner join files on landed._file_id = files.file_id

),

judged as (

    select
        *,
        {{ reject_reasons(rules) }} as reject_reasons,
        {{ available_at('published_at', 'published_at') }} as row_available_at,
        md5(concat_ws('|', {{ texts | join(', ') }})) as payload_hash
    from parsed

),

numbered as (

    select
        *,
        -- A day that is sent again counts as it stood in the latest file.
        row_number() over (
            partition by rate_date, reject_reasons is null, is_superseded
            order by loaded_at desc nulls last, _dlt_load_id desc, _file_id asc, _row_number asc
        ) as copy_number,
        -- The whole history comes again each day: an unchanged day was known since its first file.
        min(row_available_at) over (
            partition by rate_date, reject_reasons is null, payload_hash
        ) as earliest_available_at
    from judged

),

final as (

    select
        -- ids
        rate_date,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        {{ row_status('copy_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded or (reject_reasons is null and copy_number > 1) then 'superseded'
        end as duplicate_reason,
        _source_file,

        -- measures
        {% for currency in ecb_currencies() %}
            {{ currency | lower }},
        {% endfor %}

        -- times
        published_at,
        loaded_at,
        earliest_available_at as available_at
    from numbered

)

select * from final
