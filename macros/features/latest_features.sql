{#-
    The newest moment at which each entity is served, with the features that its tables have of it.

    Shape      a whole query: the keys, every feature, prediction_at, available_as_of, expires_at
    Arguments  entity: in var served_hours; keys: by which a spine's row finds its row in each table; tables: the entity's
               feature tables, all of them; moments: a query of the served moments, none for what spines serve of the keys
    Nulls      what is null in the feature table
    Errors     spines: … · served_hours: … · ftr_<entity>__latest has the column <name> twice, …
    Source     DEFINITIONS.md, section 22: what is served are rows that training reads, nothing is computed
    Example    latest_features('visitor', ['visitor_id'], ['ftr_visitor__activity'])
-#}
{% macro latest_features(entity, keys, tables, moments=none) -%}
    {%- set joined = {} -%}
    {%- for table in tables -%} {%- do joined.update({table: keys}) -%} {%- endfor -%}
    with moments as (

        {{ footfall.moments_of(keys, purpose='serve') if moments is none else moments }}

    ),

    newest as (

        select
            *,
            row_number() over (
                partition by {{ keys | join(', ') }}
                order by prediction_at desc, available_as_of desc
            ) as recency
        from moments

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
    from newest
    {%- for table in tables %}
    left join {{ ref(table) }} as {{ table }}
        on
            {%- for key in keys %}
            newest.{{ key }} = {{ table }}.{{ key }}
            and
            {%- endfor %} newest.prediction_at = {{ table }}.prediction_at
            and newest.available_as_of = {{ table }}.available_as_of
    {%- endfor %}
    where newest.recency = 1
{%- endmacro %}
