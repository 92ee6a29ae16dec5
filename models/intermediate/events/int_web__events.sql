-- Grain: one row per accepted web event (event_id).
select * from {{ ref('stg_web__events') }}
where row_status = 'accepted'
