-- What the loader declared, what landing holds and what staging judged agree for every file of
-- every load.
select *
from {{ ref('ops_row_accounting') }}
where
    raw_count <> declared_count
    or raw_count <> accepted_count + duplicate_count + quarantined_count + erased_count
