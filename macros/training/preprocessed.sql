{#-
    Rows of a task as its model is given them, by the parameters that features.fitted_parameters holds: of training and of
    serving alike.

    Shape      a whole query: the columns of `keep`, params_version, those of the plan, see plan_columns; one row a row
    Arguments  task: in var `splits`; relation: rows with the task's features, their keys, prediction_at and
               available_as_of, a CTE or a table; keep: its columns to pass on; ordered: as of transformed
    Errors     of training_plan
    Source     DEFINITIONS.md, sections 20 and 25
    Example    preprocessed('purchase_7d', ref('ftr_customer__latest'), ['customer_id', 'prediction_at'])
-#}
{% macro preprocessed(task, relation, keep, ordered=none) -%}
    with parameters as (

        select * from {{ ref('ftr_fitted_parameters') }}
        where task = '{{ task }}'

    ),

    version as (

        select max(params_version) as params_version
        from parameters

    ),

    given as (

        select
            rows_given.*,
            version.params_version
        from {{ relation }} as rows_given
        cross join version

    )

    {{ footfall.transformed(
        'given', 'parameters', footfall.training_plan(task), keep + ['params_version'],
        footfall.feature_history(task), ordered
    ) }}
{%- endmacro %}
