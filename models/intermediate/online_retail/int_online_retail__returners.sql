-- Grain: one row per customer who returned something (customer_id), with the fingerprint of all
-- their lines.
{{ config(materialized='table') }}

with lines as (

    select * from {{ ref('int_online_retail__order_items') }}
    where customer_id is not null

),

final as (

    select
        customer_id,
        {{ fingerprint([
            'count(*)',
            'sum(cast(' ~ fingerprint(['lines.*']) ~ ' as ' ~ sql_type('hugeint') ~ '))',
        ]) }} as input_fingerprint
    from lines
    group by customer_id
    having bool_or(line_type = 'return' and quantity < 0)

)

select * from final
