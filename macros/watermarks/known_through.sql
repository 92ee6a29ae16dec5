{#-
    The moment through which every source of events, orders and refunds was delivered: what labels are made of.

    Shape      a scalar subquery: one timestamp in UTC, the same for every row
    Nulls      null while no source of events, orders or refunds loaded anything
    Example    where available_as_of <= {{ known_through() }}
-#}
{% macro known_through() -%}
    {{ footfall.watermark(['int_events', 'int_orders', 'int_refunds']) }}
{%- endmacro %}
