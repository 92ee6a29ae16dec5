-- Grain: one row per change of a field in a file (source, entity, file_id, field_name, change); an
-- API page and a table's changes are files too.
with noted as (

    {% for name, entry in var('sources').items() if entry.get('enabled', true) %}
        select
            '{{ name }}' as source,
            fields.*
        from {{ source(name, '_fields') }} as fields
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        -- ids
        source,
        entity,
        _dlt_load_id as load_id,
        _file_id as file_id,

        -- attributes
        name as file_name,
        field_name,
        change,
        old_type,
        new_type,

        -- times
        {{ to_utc('_loaded_at') }} as changed_at
    from noted
    -- The rest is what the loader knows of a field: a baseline is no change.
    where change is not null

)

select * from final
