{#-
    The rows of a table that were known by a moment.

    Shape      a relation for `from` or `join`: all columns
    Arguments  relation: a table; column: since when a row is known; known_at: timestamp expression, by default the moment of
               the training sets; purpose: of a spine only rows of it. A table that reads no other rows of it is then made
               anew only when these change; see macros/engines/made_from.sql
    Nulls      while nothing is known there is no row
    Example    select * from {{ known_rows(ref('lbl_churn_90d'), 'label_known_at') }} as labels
-#}
{% macro known_rows(relation, column='available_as_of', known_at=none, purpose=none) -%}
    (
        select * from {{ relation }} where {{ column }} <= {{ footfall.training_moment() if known_at is none else known_at }}
        {{- " and purpose = '" ~ purpose ~ "'" if purpose is not none }}
    )
{%- endmacro %}
