{#-
    A label: 1 or 0 once it is known, else null.

    Shape      integer expression
    Arguments  is_positive: boolean expression; reads moments.is_mature
    Nulls      null before the label is mature, also where it would be 1 already: early positives alone would be a bias
    Source     DEFINITIONS.md, section 23
    Example    label_value('count(orders.order_id) > 0')
-#}
{% macro label_value(is_positive) -%}
    cast(case when moments.is_mature then case when {{ is_positive }} then 1 else 0 end end as integer)
{%- endmacro %}
