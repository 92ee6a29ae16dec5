{#-
    True for orders in a label's window that were kept, as far as was known when the label was.

    Shape      boolean expression, for the join of `moments` to `orders` of int_customers__order_states
    Arguments  reads moments.label_from_at, label_to_at and label_known_at
    Source     DEFINITIONS.md, section 23: later knowledge changes no label
    Example    given back a day after label_known_at: true · a day before: false
-#}
{% macro is_labelled_order() -%}
    orders.ordered_at >= moments.label_from_at
            and orders.ordered_at < moments.label_to_at
            and orders.known_from_at <= moments.label_known_at
            and (orders.known_to_at > moments.label_known_at or orders.known_to_at is null)
            and orders.is_kept
{%- endmacro %}
