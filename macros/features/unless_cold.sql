{#-
    A count of a moment, or null where nothing at all is known before it.

    Shape      integer expression, an aggregate over the rows joined by `known_before`
    Arguments  count: an aggregate; of: the relation looked at
    Source     DEFINITIONS.md, section 21: unknown is not the same as known to have done nothing
    Example    unless_cold("count(distinct events.product_id)", 'events')
-#}
{% macro unless_cold(count, of) -%}
    cast(case when count({{ of }}.event_at) > 0 then {{ count }} end as integer)
{%- endmacro %}
