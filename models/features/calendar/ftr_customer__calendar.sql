-- Grain: one row per account and moment (customer_id, prediction_at, available_as_of).
with moments as (

    select
        *,
        {{ local_day('prediction_at') }} as predicted_on
    from {{ ref('ftr_moments__customer') }}

),

final as (

    select
        -- ids
        customer_id,

        -- attributes
        {{ local_hour('prediction_at') }} as local_hour,
        {{ iso_weekday('predicted_on') }} as iso_weekday,
        {{ iso_weekday('predicted_on') }} >= 6 as is_weekend,
        cast(extract(day from predicted_on) as integer) as day_of_month,
        cast(extract(month from predicted_on) as integer) as month_of_year,

        -- times
        prediction_at,
        available_as_of
    from moments

)

select * from final
