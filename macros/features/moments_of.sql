{#-
    Every moment at which some spine wants features of an entity, each once.

    Shape      a whole query: the keys, prediction_at, available_as_of
    Arguments  keys: the entity's key columns; every spine of var `spines` that has all of them takes part; purpose: only
               rows of it, train or serve; none: of both
    Nulls      a row without one of the keys is no moment of the entity
    Errors     spines.<name>: what is wrong with it, in a sentence
    Example    moments_of(['customer_id']) of customer_day and customer_after_order
-#}
{% macro moments_of(keys, purpose=none) -%}
    {%- set names = [] -%}
    {%- for name, columns in footfall.checked_spines().items() if keys | reject('in', columns) | list == [] -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    {%- if not names -%}
        {{ exceptions.raise_compiler_error('spines: none has ' ~ keys | join(', ')) }}
    {%- endif %}
    select
        {{ keys | join(',\n        ') }},
        prediction_at,
        available_as_of
    from (
        {%- for name in names %}
        select
            {{ keys | join(',\n            ') }},
            prediction_at,
            available_as_of
        from {{ ref('ftr_spine__' ~ name) }}
        {%- if purpose is not none %}
        where purpose = '{{ purpose }}'
        {%- endif %}
        {{- '\n        union all' if not loop.last }}
        {%- endfor %}
    ) as spines
    where {{ keys | join(' is not null and ') }} is not null
    group by {{ keys | join(', ') }}, prediction_at, available_as_of
{%- endmacro %}
