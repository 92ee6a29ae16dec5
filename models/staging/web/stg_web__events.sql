-- Grain: one row per landed line (_file_id, _row_number), judged once and never dropped.
-- A view: the wide rows are written once, in stg_web__event_lines.
{{ config(materialized='view') }}

with lines as (

    select * from {{ ref('stg_web__event_lines') }}

),

copies as (

    select * from {{ ref('stg_web__event_copies') }}

),

joined as (

    select
        lines.*,
        coalesce(copies.copy_number, 1) as copy_number,
        coalesce(copies.copy_count, 1) as copy_count,
        coalesce(copies.is_like_winner, true) as is_like_winner,
        coalesce(copies.is_conflicting, false) as is_conflicting,
        coalesce(copies.available_at, lines.available_at) as earliest_available_at
    from lines
    left join copies
        on lines._file_id = copies._file_id and lines._row_number = copies._row_number

),

final as (

    select
        -- ids
        event_id,
        visitor_id,
        customer_id,
        actor_id,
        order_id,
        product_id,
        _file_id,
        _row_number,
        _dlt_load_id,

        -- attributes
        'web' as source,
        event_type,
        raw_event_type,
        platform,
        page_url,
        page_referrer,
        page_title,
        user_agent,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_term,
        utm_content,
        search_term,
        currency,
        items,
        time_basis,
        availability_basis,
        is_conflicting,
        {{ row_status('copy_number > 1') }} as row_status,
        reject_reasons,
        case
            when is_superseded then 'superseded'
            when reject_reasons is null and copy_number > 1
                then case when is_like_winner then 'same_payload' else 'conflict' end
        end as duplicate_reason,
        _source_file,

        -- measures
        source_seq,
        quantity,
        unit_price,
        event_value,
        copy_count,

        -- times
        event_at,
        received_at,
        loaded_at,
        earliest_available_at as available_at,
        {{ fingerprint([
            'row_fingerprint', 'copy_number', 'copy_count', 'is_conflicting', 'earliest_available_at',
        ]) }} as row_fingerprint
    from joined

)

select * from final
