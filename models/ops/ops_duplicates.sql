-- Grain: one row per duplicate row (source, entity, file_id, row_number), with its reason.
with duplicates as (

    {% for labelled in labelled_models() %}
        select
            '{{ labelled.source }}' as source,
            '{{ labelled.entity }}' as entity,
            _dlt_load_id as load_id,
            _file_id as file_id,
            _row_number as row_number,
            _source_file as source_file,
            duplicate_reason,
            loaded_at
        from {{ ref(labelled.model) }}
        where row_status = 'duplicate'
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from duplicates
