-- Grain: one row per stock code (product_id), named as on its latest described line of a sale.
with lines as (

    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where row_status = 'accepted'

),

codes as (

    select * from {{ ref('non_product_codes') }}
    where source = 'online_retail'

),

ranked as (

    select
        *,
        -- Notes on lost stock (zero price) stand in the same column as names: a priced line goes
        -- first.
        row_number() over (
            partition by product_id
            order by
                (unit_price > 0 and description is not null) desc nulls last,
                description is not null desc,
                ordered_at desc nulls last,
                order_id desc,
                _source_file asc,
                _row_number asc,
                _file_id asc
        ) as recency
    from lines

),

final as (

    select
        -- ids
        ranked.product_id,

        -- attributes
        'online_retail' as source,
        ranked.description as product_name,
        cast(null as {{ sql_type('varchar') }}) as brand,
        cast(null as {{ sql_type('varchar') }}) as category,
        cast(null as {{ sql_type('varchar') }}) as category_path,
        codes.product_id is null as is_product,
        false as is_deleted,
        'GBP' as currency,

        -- measures
        ranked.unit_price,

        -- times
        ranked.ordered_at as valid_from,
        ranked.available_at
    from ranked
    left join codes on ranked.product_id = codes.product_id
    where ranked.recency = 1

)

select * from final
