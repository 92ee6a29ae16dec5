-- Grain: one row per rejected row (source, entity, file_id, row_number), as it was sent, with every
-- reason.
{% set inputs = [] %}
{% set shown = [] %}
{% for labelled in labelled_models() %}
    {% do inputs.append({
        'model': labelled.model,
        'key': '_file_id',
        'where': "row_status = 'rejected'",
        'fingerprint': fingerprint([
            '_dlt_load_id', '_row_number', '_source_file', 'reject_reasons', 'loaded_at',
        ]),
    }) %}
    {% do shown.append([labelled.source, labelled.entity]) %}
{% endfor %}
{{ keyed_by('file_id', inputs=inputs, columns_of=shown) }}

with changed as (

    select * from {{ changed_keys() }}

),

rejected as (

    {% for labelled in labelled_models() %}
        select
            '{{ labelled.source }}' as source,
            '{{ labelled.entity }}' as entity,
            judged._dlt_load_id as load_id,
            judged._file_id as file_id,
            judged._row_number as row_number,
            judged._source_file as source_file,
            judged.reject_reasons,
            {{ row_as_json('landed') }} as record,
            judged.loaded_at,
            changed.input_fingerprint
        from {{ ref(labelled.model) }} as judged
        inner join changed on judged._file_id = changed.file_id
        inner join {{ source(labelled.source, labelled.entity) }} as landed
            on judged._file_id = landed._file_id and judged._row_number = landed._row_number
        where judged.row_status = 'rejected'
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from rejected
