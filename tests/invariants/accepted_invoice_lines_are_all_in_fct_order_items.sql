-- Between staging and the mart no invoice line is lost and none appears twice.
with staged as (

    select coalesce(sum(accepted_count), 0) as line_count
    from {{ ref('ops_row_accounting') }}
    where source = 'online_retail' and entity = 'invoice_lines'

),

published as (

    select count(*) as line_count
    from {{ ref('fct_order_items') }}
    where source = 'online_retail'

)

select
    staged.line_count as staged_count,
    published.line_count as published_count
from staged
cross join published
where staged.line_count <> published.line_count
