{#-
    How many different values each window of each moment holds, where there are many moments.

    Shape      a whole query: the keys, prediction_at, available_as_of and a column <name>_<window> each; one row a moment
               before which there is a value at all
    Arguments  name, windows: as of windowed_count; keys: columns that `moments` and the relation share; of: the relation
               looked at, with event_at and available_at; value: its column that is told apart
    Nulls      a null is no value
    Source     a value is in a window exactly if the last time it came before the moment is: that is one number for all
               windows, where windowed_distinct keeps every value of each
    Example    distinct_in_windows('product_count', ['7d', 'all'], ['visitor_id'], 'events', 'product_id')
-#}
{% macro distinct_in_windows(name, windows, keys, of, value) -%}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        {{ footfall.windowed_count(name, windows, 'moments') }},
        prediction_at,
        available_as_of
    from (
        select
            {%- for key in keys %}
            moments.{{ key }},
            {%- endfor %}
            moments.prediction_at,
            moments.available_as_of,
            max({{ of }}.event_at) as event_at
        from moments
        inner join {{ of }}
            on
                {%- for key in keys %}
                moments.{{ key }} = {{ of }}.{{ key }}
                and
                {%- endfor %} {{ footfall.known_before(of) }}
        where {{ of }}.{{ value }} is not null
        group by
            {%- for key in keys %}
            moments.{{ key }},
            {%- endfor %}
            moments.prediction_at,
            moments.available_as_of,
            {{ of }}.{{ value }}
    ) as moments
    group by {{ keys | join(', ') }}, prediction_at, available_as_of
{%- endmacro %}
