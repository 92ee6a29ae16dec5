-- Between staging and the mart no event is lost and none appears twice.
with staged as (

    select
        source,
        sum(accepted_count) as event_count
    from {{ ref('ops_row_accounting') }}
    where entity = 'events'
    group by source

),

published as (

    select
        source,
        count(*) as event_count
    from {{ ref('fct_events') }}
    group by source

)

select
    coalesce(staged.source, published.source) as source,
    staged.event_count as staged_count,
    published.event_count as published_count
from staged
full outer join published on staged.source = published.source
where coalesce(staged.event_count, 0) <> coalesce(published.event_count, 0)
