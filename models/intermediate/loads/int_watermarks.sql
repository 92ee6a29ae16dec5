-- Grain: one row per source that loaded anything (source).
with files as (

    select * from {{ ref('stg_landing__files') }}

),

-- A load that refused a file is not complete; the next one is, by decision, without that file.
loads as (

    select
        source,
        load_id,
        max(loaded_at) as loaded_at,
        count(case when status = 'set_aside' then 1 end) as refused_count
    from files
    group by source, load_id

),

last_loads as (

    select
        source,
        max(loaded_at) as loaded_at
    from loads
    where refused_count = 0
    group by source

),

final as (

    {% for name, entry in var('sources').items() if entry.get('enabled', true) %}
        {% set complete_through = declared_watermark(name, entry) %}
        select
            -- ids
            source,

            -- attributes
            '{{ "loaded" if complete_through is none else "declared" }}' as watermark_basis,

            -- times
            {% if complete_through is none -%}
                loaded_at - interval '{{ entry.get("max_delay_minutes") or 0 }} minutes'
            {%- else -%}
                {{ to_utc("'" ~ complete_through ~ "'") }}
            {%- endif %} as watermark_at
        from last_loads
        where source = '{{ name }}'
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
