{#-
    The moment whose knowledge the training sets of this build hold: nothing that became known after it is in them.

    Shape      a scalar subquery: one timestamp in UTC, the same for every row
    Nulls      null while no source of events, orders or refunds loaded anything
    Source     var `training_sets_every`; see int_training_moment
    Example    where available_as_of <= {{ training_moment() }}
-#}
{% macro training_moment() -%}
    (select known_at from {{ ref('int_training_moment') }})
{%- endmacro %}
