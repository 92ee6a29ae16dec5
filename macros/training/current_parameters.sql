{#-
    What the rows of a task teach in this build, of all that features.fitted_parameters holds.

    Shape      a whole query: its columns; one row a statistic
    Arguments  task: in var `splits`
    Example    current_parameters('purchase_7d')
-#}
{% macro current_parameters(task) -%}
    select * from {{ ref('ftr_fitted_parameters') }}
    where task = '{{ task }}' and is_current
{%- endmacro %}
