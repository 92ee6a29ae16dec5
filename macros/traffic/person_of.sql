{#-
    Who somebody is, to whom visits and orders are credited: the account, or without one the device.

    Shape      text expression
    Nulls      neither known: null
    Example    person_of("'C1'", "'V1'") -> customer C1
-#}
{% macro person_of(customer_id, visitor_id) -%}
    coalesce('customer ' || {{ customer_id }}, 'visitor ' || {{ visitor_id }})
{%- endmacro %}
