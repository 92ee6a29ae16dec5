-- Grain: one row per landed version of a customer account (_file_id, _row_number), sound ones only.
{% set so_far %}over (
            partition by customer_id
            order by loaded_at asc, _dlt_load_id asc, _row_number asc, _file_id desc
            rows between unbounded preceding and current row
        )
{%- endset %}

with versions as (

    select
        *,
        coalesce(updated_at, created_at, available_at) as changed_at,
        max(case when is_deleted then loaded_at end) {{ so_far }} as last_gone_at
    from {{ ref('stg_shop__customers') }}
    where reject_reasons is null

),

-- A row that is gone, or back with a time from before, says nothing of when that came: what we saw
-- counts.
seen as (

    select
        *,
        case when is_deleted or changed_at <= last_gone_at then loaded_at end as seen_at
    from versions

),

followed as (

    select
        *,
        max(seen_at) {{ so_far }} as last_seen_at
    from seen

),

final as (

    select
        customer_id,
        _file_id,
        _row_number,
        'shop' as source,
        country,
        is_deleted,
        created_at as registered_at,
        coalesce(seen_at, greatest(changed_at, coalesce(last_seen_at, changed_at))) as valid_from,
        greatest(available_at, coalesce(last_seen_at, available_at)) as available_at,
        loaded_at
    from followed

)

select * from final
