{#-
    What the rows of a task teach in this build, of all that features.fitted_parameters holds.

    Shape      a relation for `from`: its columns; one row a statistic
    Arguments  task: in var `splits`; relation: where they stand, none: features.fitted_parameters. A table that reads no
               others of them is made anew only when these change; see macros/engines/made_from.sql
    Example    select * from {{ current_parameters('purchase_7d') }} as learned
-#}
{% macro current_parameters(task, relation=none) -%}
    (select * from {{ ref('ftr_fitted_parameters') if relation is none else relation }} where task = '{{ task }}' and is_current)
{%- endmacro %}
