-- Grain: one row per line (_file_id, _row_number) of an event that came more than once.
-- Compared over all history, however late a copy comes; few events do, and only what decides is
-- read.
{{ config(materialized='table', meta={
    'identity': 'event_id',
    'on_conflict': 'keep_first',
    'follows': 'stg_web__event_lines',
    'by': 'event_id',
}) }}

with lines as (

    select
        event_id,
        _file_id,
        _row_number,
        is_superseded,
        reject_reasons,
        payload_hash,
        received_at,
        event_at,
        available_at
    from {{ ref('stg_web__event_lines') }}
    where event_id is not null

),

-- From the model itself: read twice, `lines` would be held in memory, all of it.
repeated as (

    select event_id
    from {{ ref('stg_web__event_lines') }}
    where event_id is not null
    group by event_id
    having count(*) > 1

),

copies as (

    select lines.*
    from lines
    inner join repeated on lines.event_id = repeated.event_id

),

compared as (

    select
        *,
        -- Rejected copies are counted apart: a broken first copy must not hide a sound retry.
        row_number() over copies_in_order as copy_number,
        first_value(payload_hash) over copies_in_order as winner_hash,
        count(*) over all_copies as copy_count,
        min(payload_hash) over all_copies <> max(payload_hash) over all_copies as is_conflicting,
        -- What a replaced file said was known since that file.
        min(available_at) over (
            partition by event_id, reject_reasons is null, payload_hash
        ) as earliest_available_at
    from copies
    window
        all_copies as (partition by event_id, reject_reasons is null, is_superseded),
        copies_in_order as (
            partition by event_id, reject_reasons is null, is_superseded
            order by
                received_at asc nulls last,
                event_at asc nulls last,
                payload_hash asc nulls last,
                _file_id asc,
                _row_number asc
        )

),

final as (

    select
        -- ids
        event_id,
        _file_id,
        _row_number,

        -- attributes
        payload_hash = winner_hash as is_like_winner,
        is_conflicting,

        -- measures
        copy_number,
        copy_count,

        -- times
        earliest_available_at as available_at
    from compared

)

select * from final
