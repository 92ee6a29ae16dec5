-- Grain: one row per received file (source, entity, file_id, load_id); an API page and a table's
-- changes are files too.
with received as (

    {% for name, entry in var('sources').items() if entry.get('enabled', true) %}
        select
            '{{ name }}' as source,
            '{{ entry.get("on_restate", "replace" if entry.kind == "files" else "add") }}'
                as on_restate,
            files.*
        from {{ source(name, '_files') }} as files
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

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
        -- A later landed file of the same name takes this one's place, where the source says so.
        status = 'landed' and on_restate = 'replace' and lead(_file_id) over (
            partition by source, entity, name, status
            order by
                _loaded_at asc nulls last,
                _dlt_load_id asc nulls last,
                file_number asc nulls last,
                _file_id asc nulls last
        ) is not null as is_superseded,

        -- measures
        row_count,
        byte_count,

        -- times
        {{ to_utc('_loaded_at') }} as loaded_at
    from received

)

select * from final
