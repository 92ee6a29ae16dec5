-- Grain: one row per channel (channel).
with channels as (

    select * from {{ ref('channels') }}

),

final as (

    select
        channel,
        channel_number,
        description,
        is_paid
    from channels

)

select * from final
