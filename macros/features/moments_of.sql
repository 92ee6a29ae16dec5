{#-
    Every moment at which some spine wants features of an entity, each once; of a keyed model's changed keys.

    Shape      a whole query: the keys, is_served, prediction_at, available_as_of, input_fingerprint
    Arguments  keys: the entity's key columns; every spine of var `spines` that has all of them takes part; by: the one of
               them that is the model's key
    Nulls      a row without one of the keys is no moment of the entity
    Errors     spines: … · spines.<name>: what is wrong with it, in a sentence
    Example    moments_of(['customer_id'], by='customer_id') of customer_day and customer_after_order
-#}
{% macro moments_of(keys, by) -%}
    select
        {{ keys | join(',\n        ') }},
        coalesce(bool_or(purpose = 'serve'), false) as is_served,
        prediction_at,
        available_as_of,
        input_fingerprint
    from (
        {%- for name in footfall.spines_of(keys) %}
        select
            {%- for column in keys + ['purpose', 'prediction_at', 'available_as_of'] %}
            spine.{{ column }},
            {%- endfor %}
            changed.input_fingerprint
        from {{ ref('ftr_spine__' ~ name) }} as spine
        inner join {{ footfall.changed_keys() }} as changed on spine.{{ by }} = changed.{{ by }}
        {{- '\n        union all' if not loop.last }}
        {%- endfor %}
    ) as spines
    where {{ keys | join(' is not null and ') }} is not null
    group by {{ keys | join(', ') }}, prediction_at, available_as_of, input_fingerprint
{%- endmacro %}
