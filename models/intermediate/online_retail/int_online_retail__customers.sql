-- Grain: one row per customer (customer_id), as on the latest invoice line that names it.
with lines as (

    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where row_status = 'accepted' and customer_id is not null

),

ranked as (

    select
        *,
        min(ordered_at) over (partition by customer_id) as first_ordered_at,
        row_number() over (
            partition by customer_id
            order by
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
        customer_id,

        -- attributes
        'online_retail' as source,
        country,

        -- times
        first_ordered_at as registered_at,
        available_at
    from ranked
    where recency = 1

)

select * from final
