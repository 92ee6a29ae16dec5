{#-
    How long before a moment something was last done.

    Shape      double expression, an aggregate over the rows joined by `known_before`; the moment stands in `group by`
    Arguments  of: the relation looked at; where: which rows count
    Nulls      never done, as far as known: null
    Example    seconds_since_last('events', "events.event_type = 'purchase'")
-#}
{% macro seconds_since_last(of, where=none) -%}
    {{ footfall.seconds_between(footfall._only_where('max', of, where), 'moments.prediction_at') }}
{%- endmacro %}

{% macro _only_where(aggregate, of, where) -%}
    {{ aggregate }}({{ of ~ '.event_at' if where is none else 'case when ' ~ where ~ ' then ' ~ of ~ '.event_at end' }})
{%- endmacro %}
