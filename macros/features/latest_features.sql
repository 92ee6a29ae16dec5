{#-
    The newest moment at which each entity is served, with the features that its tables have of it.

    Shape      a whole query: the keys, every feature, prediction_at, available_as_of, expires_at and of a keyed model
               input_fingerprint
    Arguments  entity: in var served_hours; keys: by which a moment finds its row in each table; tables: the entity's
               feature tables, all of them; moments: a relation with the keys, is_served, prediction_at and available_as_of;
               by: the one of the keys that is a keyed model's, none for a table that is made whole
    Nulls      what is null in the feature table
    Errors     served_hours: … · ftr_<entity>__latest has the column <name> twice, …
    Source     DEFINITIONS.md, section 22: what is served are rows that training reads, nothing is computed
    Example    latest_features('product', ['product_id'], ['ftr_product__popularity'], ref('ftr_moments__product'))
-#}
{% macro latest_features(entity, keys, tables, moments, by=none) -%}
    {%- set joined = {} -%}
    {%- for table in tables -%} {%- do joined.update({table: keys}) -%} {%- endfor -%}
    with newest as (

        select
            {%- for key in keys %}
            moments.{{ key }},
            {%- endfor %}
            moments.prediction_at,
            moments.available_as_of,
            {%- if by is not none %}
            changed.input_fingerprint,
            {%- endif %}
            row_number() over (
                partition by moments.{{ keys | join(', moments.') }}
                order by moments.prediction_at desc, moments.available_as_of desc
            ) as recency
        from {{ moments }} as moments
        {%- if by is not none %}
        inner join {{ footfall.changed_keys() }} as changed on moments.{{ by }} = changed.{{ by }}
        {%- endif %}
        where moments.is_served

    )

    select
        -- ids
        {%- for key in keys %}
        newest.{{ key }},
        {%- endfor %}

        -- measures
        {%- for column in footfall.joined_features('ftr_' ~ entity ~ '__latest', joined) %}
        {{ column }},
        {%- endfor %}

        -- times
        newest.prediction_at,
        newest.available_as_of,
        newest.prediction_at + interval '{{ footfall.served_hours(entity) }} hours' as expires_at
        {%- if by is not none %},
        newest.input_fingerprint
        {%- endif %}
    from newest
    {%- for table in tables %}
    {%- if by is not none %}
    left join (
        select features.*
        from {{ ref(table) }} as features
        inner join {{ footfall.changed_keys() }} as changed on features.{{ by }} = changed.{{ by }}
    ) as {{ table }}
    {%- else %}
    left join {{ ref(table) }} as {{ table }}
    {%- endif %}
        on
            {%- for key in keys %}
            newest.{{ key }} = {{ table }}.{{ key }}
            and
            {%- endfor %} newest.prediction_at = {{ table }}.prediction_at
            and newest.available_as_of = {{ table }}.available_as_of
    {%- endfor %}
    where newest.recency = 1
{%- endmacro %}
