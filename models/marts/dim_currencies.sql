-- Grain: one row per currency (currency).
with currencies as (

    select * from {{ ref('currencies') }}

),

final as (

    select
        currency,
        currency_name,
        minor_units,
        currency = '{{ var("reporting_currency") }}' as is_reporting
    from currencies

)

select * from final
