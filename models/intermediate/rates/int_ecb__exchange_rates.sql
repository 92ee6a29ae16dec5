-- Grain: one row per currency and day with a rate.
with days as (

    select * from {{ ref('stg_ecb__rates') }}
    where row_status = 'accepted'

),

rates as (

    {% for currency in ecb_currencies() %}
        select
            '{{ currency }}' as currency,
            {{ currency | lower }} as rate,
            rate_date,
            available_at
        from days
        where {{ currency | lower }} is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        -- ids
        currency,
        rate_date,

        -- attributes
        'ecb' as source,
        'EUR' as base_currency,

        -- measures
        rate,

        -- times
        available_at
    from rates

)

select * from final
