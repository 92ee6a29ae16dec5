-- Grain: one row per product and span of time with one price (product_id, valid_from).
with versions as (

    select * from {{ ref('int_products__versions') }}

),

history as (

    {{ version_history('versions', 'product_id', ['currency', 'unit_price', 'is_deleted']) }}

),

compared as (

    select
        *,
        lag(unit_price) over (partition by product_id order by valid_from asc nulls last)
            as previous_unit_price,
        lag(currency) over (partition by product_id order by valid_from asc nulls last)
            as previous_currency
    from history

),

final as (

    select
        -- ids
        product_id,

        -- attributes
        currency,
        is_deleted,
        is_current,

        -- measures
        unit_price,
        case when previous_currency = currency then previous_unit_price end as previous_unit_price,
        case
            when previous_currency = currency
                then
                    cast(unit_price - previous_unit_price as double)
                    / nullif(cast(previous_unit_price as double), 0)
        end as change_rate,

        -- times
        valid_from,
        valid_to,
        available_at
    from compared

)

select * from final
