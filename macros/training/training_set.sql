{#-
    The rows that a task is learned from: moments of its spine with a known label, what was known at each, and its split.

    Shape      a whole query: the spine's keys, split, every feature, label, the times
    Arguments  task: in var `splits` and in training_features, where its feature tables stand; as_known_at: a time in
               UTC, only what was known by then; none: training_moment. A table's is_cold_start is called by the table:
               ftr_customer__activity's customer__activity__is_cold_start
    Errors     splits: there is no <task>; … · training_features: there is no <task>; … · training_set: <task> has the
               column <name> twice, …
    Source     DEFINITIONS.md, sections 22 to 24
    Example    training_set('purchase_7d')
-#}
{% macro training_set(task, as_known_at=none) -%}
    {%- set splits = footfall.checked_splits() -%}
    {%- if task not in splits -%}
        {{ exceptions.raise_compiler_error('splits: there is no ' ~ task ~ '; there are ' ~ splits.keys() | join(', ')) }}
    {%- endif -%}
    {%- set split = splits[task] -%}
    {%- set spine = footfall.checked_labels()[split.label].spine -%}
    {%- set keys = footfall.checked_spines()[spine] -%}
    {%- set tables = footfall.training_features() -%}
    {%- if task not in tables -%}
        {{ exceptions.raise_compiler_error('training_features: there is no ' ~ task ~ '; there are ' ~ tables.keys() | join(', ')) }}
    {%- endif -%}
    {%- set features = tables[task] -%}
    {%- set known_at = footfall.training_moment() if as_known_at is none else "timestamp '" ~ as_known_at ~ "'" -%}
    with spine as (

        -- Which moment is the last changes with each delivery.
        select * from {{ footfall.known_rows(ref('ftr_spine__' ~ spine), known_at=known_at, purpose='train') }} as known

    ),

    labels as (

        select * from {{ footfall.known_rows(ref('lbl_' ~ split.label), 'label_known_at', known_at) }} as known
        where is_mature

    ),

    known as (

        select
            {{ footfall._columns_of('spine', keys) }},
            labels.label,
            spine.prediction_at,
            spine.available_as_of,
            labels.label_from_at,
            labels.label_to_at,
            labels.label_known_at
        from spine
        inner join labels
            on
                {%- for key in keys %}
                spine.{{ key }} is not distinct from labels.{{ key }}
                and
                {%- endfor %} spine.prediction_at = labels.prediction_at
        -- Whoever is known later can no longer be asked about.
        where spine.available_as_of <= labels.label_to_at

    ),

    bounds as (

        select
        {{ footfall.split_bounds(split, 'prediction_at') }}
        from known

    ),

    divided as (

        select
            known.*,
            {{ footfall.split_of(split, keys[0]) }} as split
        from known
        cross join bounds

    )
    {%- for table in features %},

    {{ table }} as (

        select * from {{ footfall.known_rows(ref(table), known_at=known_at) }} as known

    )
    {%- endfor %}

    select
        -- ids
        {{ footfall._columns_of('divided', keys) }},

        -- attributes
        divided.split,

        -- measures
        {%- for column in footfall.joined_features('training_set: ' ~ task, features) %}
        {{ column }},
        {%- endfor %}
        divided.label,

        -- times
        divided.prediction_at,
        divided.available_as_of,
        divided.label_from_at,
        divided.label_to_at,
        divided.label_known_at
    from divided
    {%- for table, joined_by in features.items() %}
    left join {{ table }}
        on
            {%- for key in joined_by %}
            divided.{{ key }} = {{ table }}.{{ key }}
            and
            {%- endfor %} divided.prediction_at = {{ table }}.prediction_at
            and divided.available_as_of = {{ table }}.available_as_of
    {%- endfor %}
{%- endmacro %}

{% macro _columns_of(relation, names) -%}
    {%- for name in names -%} {{ relation }}.{{ name }}{{ ',\n        ' if not loop.last }} {%- endfor -%}
{%- endmacro %}
