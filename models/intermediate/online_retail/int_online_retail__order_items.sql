-- Grain: one row per invoice line (order_id, line_number); every accepted line, whatever its kind.
{{ keyed_by(
    'order_id',
    inputs=[{
        'model': 'stg_online_retail__invoice_lines',
        'where': "row_status = 'accepted'",
        'fingerprint': fingerprint(['whole_row.*']),
    }],
    constants=['non_product_codes']
) }}

with changed as (

    select * from {{ changed_keys() }}

),

lines as (

    select
        lines.order_id,
        -- Whose the document is, which not each of its lines need say.
        max(lines.customer_id) over (partition by lines.order_id) as customer_id,
        lines.product_id,
        lines.quantity,
        lines.unit_price,
        lines._source_file,
        lines._row_number,
        lines._file_id,
        lines.ordered_at,
        lines.available_at,
        changed.input_fingerprint
    from {{ ref('stg_online_retail__invoice_lines') }} as lines
    inner join changed on lines.order_id = changed.order_id
    where lines.row_status = 'accepted'

),

codes as (

    select * from {{ ref('non_product_codes') }}
    where source = 'online_retail'

),

numbered as (

    select
        lines.*,
        codes.product_id is null as is_product,
        coalesce(codes.is_charge, false) as is_charge,
        -- Credit documents are the publisher's own: invoice numbers that begin with C.
        lines.order_id like 'C%' as is_credit,
        cast(row_number() over (
            partition by lines.order_id
            order by lines._source_file asc, lines._row_number asc, lines._file_id asc
        ) as bigint) as line_number
    from lines
    left join codes on lines.product_id = codes.product_id

),

final as (

    select
        -- ids
        order_id,
        line_number,
        customer_id,
        product_id,

        -- attributes
        'online_retail' as source,
        case
            when is_credit then 'return'
            -- A charge that is not on a customer's bill: bank, marketplace, bad debt.
            when is_charge and customer_id is null then 'fee'
            -- Stock that went missing, or was sold elsewhere.
            when quantity < 0 then 'adjustment'
            else 'sale'
        end as line_type,
        is_product,
        'GBP' as currency,

        -- measures
        quantity,
        unit_price,
        cast(0 as decimal(18, 4)) as discount_total,

        -- times
        ordered_at,
        available_at,
        input_fingerprint
    from numbered

)

select * from final
