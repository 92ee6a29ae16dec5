-- More than quarantine_error_share of an entity in quarantine: something broke, publish nothing.
select
    source,
    entity,
    sum(quarantined_count) as quarantined_count,
    sum(raw_count) as raw_count
from {{ ref('ops_row_accounting') }}
group by source, entity
having sum(quarantined_count) > {{ var('quarantine_error_share') }} * sum(raw_count)
