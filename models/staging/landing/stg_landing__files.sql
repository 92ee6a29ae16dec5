-- Grain: one row per received file (source, entity, file_id, load_id); an API page and a table's
-- changes are files too.
with received as (

    {% for name, entry in var('sources').items() if entry.get('enabled', true) %}
        select
            '{{ name }}' as source,
            '{{ entry.get("on_restate") or ("replace" if entry.kind == "files" else "add") }}'
                as on_restate,
            files.*
        from {{ source(name, '_files') }} as files
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- The last good delivery under a name is what the name stands for, nothing once it is missing; old
-- bytes may come back. Where files add up, each stands for itself.
numbered as (

    select
        *,
        status not in ('set_aside', 'missing') and row_number() over (
            partition by
                source,
                entity,
                -- Packed or not: a day that is archived is the same day.
                case
                    when lower(right(name, 3)) = '.gz' then left(name, length(name) - 3)
                    when lower(right(name, 4)) = '.zst' then left(name, length(name) - 4)
                    else name
                end,
                case when on_restate = 'add' then _file_id end,
                status <> 'set_aside'
            order by
                _loaded_at desc nulls last,
                _dlt_load_id desc nulls last,
                file_number desc nulls last,
                _file_id desc nulls last
        ) = 1 as is_current
    from received

),

final as (

    select
        -- ids
        source,
        entity,
        _file_id as file_id,
        _dlt_load_id as load_id,
        file_number,

        -- attributes
        name as file_name,
        status,
        reason,
        detail,
        mode as load_mode,
        -- Every name it came under now stands for other bytes, or for none.
        status = 'landed' and not bool_or(is_current) over (
            partition by source, entity, _file_id
        ) as is_superseded,

        -- measures
        row_count,
        byte_count,

        -- times
        {{ to_utc('_loaded_at') }} as loaded_at
    from numbered

)

select
    *,
    -- What the verdict on a file's rows depends on besides the rows; those are its file_id.
    {{ fingerprint(['file_id', 'load_mode', 'is_superseded', 'loaded_at']) }} as input_fingerprint
from final
