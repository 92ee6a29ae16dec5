-- More than quarantine_warn_share of an entity in quarantine: look into ops.quarantine.
-- Not an error: the rows are kept, and the rest is right without them. Look again when a source is
-- added.
{{ config(severity='warn') }}

select
    source,
    entity,
    sum(quarantined_count) as quarantined_count,
    sum(raw_count) as raw_count
from {{ ref('ops_row_accounting') }}
group by source, entity
having sum(quarantined_count) > {{ var('quarantine_warn_share') }} * sum(raw_count)
