{#-
    How long before a moment something was first done.

    Shape      double expression, an aggregate over the rows joined by `known_before`; the moment stands in `group by`
    Arguments  of: the relation looked at; where: which rows count
    Nulls      never done, as far as known: null
    Example    seconds_since_first('events')
-#}
{% macro seconds_since_first(of, where=none) -%}
    {{ footfall.seconds_between(footfall._only_where('min', of, where), 'moments.prediction_at') }}
{%- endmacro %}
