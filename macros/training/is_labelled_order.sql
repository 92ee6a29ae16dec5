{#-
    True for orders in a label's window that were kept, as far as was known when the label was.

    Shape      boolean expression, for the join of `moments` to `orders` of int_customers__order_states
    Arguments  reads moments.label_from_at, label_to_at and label_known_at
    Nulls      known_to_at is null: held ever since. Each comparison has one side of the join on either side of it: of others
               DuckDB compares every row with every other
    Source     DEFINITIONS.md, section 23: later knowledge changes no label
    Example    given back a day after label_known_at: true · a day before: false
-#}
{% macro is_labelled_order() -%}
    orders.ordered_at >= moments.label_from_at
            and orders.ordered_at < moments.label_to_at
            and orders.known_from_at <= moments.label_known_at
            and coalesce(orders.known_to_at, timestamp '9999-12-31 00:00:00') > moments.label_known_at
            and orders.is_kept
{%- endmacro %}
