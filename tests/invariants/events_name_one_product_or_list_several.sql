-- An event names its only product, or lists several: of one that did both, who reads products would
-- miss what it lists, or count a product twice. A feed of one's own might.
select
    event_id,
    source,
    product_id,
    items
from {{ ref('int_events') }}
where items is not null and product_id is not null
