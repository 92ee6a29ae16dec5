{#-
    Rows of a task as a model is given them, by the parameters that features.fitted_parameters holds: of training and of
    serving alike.

    Shape      a whole query: the columns of `keep`, params_version, those of the plan, see plan_columns; one row a row
    Arguments  task: in var `splits`; relation: rows with the task's features, their keys, prediction_at and
               available_as_of, a CTE or a table; keep: its columns to pass on; ordered: as of transformed; params_version:
               what the model was trained by; none: what this build fitted
    Errors     of training_plan; preprocessed: features.fitted_parameters holds no version …; version … was fitted by …
    Source     DEFINITIONS.md, sections 20 and 25
    Example    preprocessed('purchase_7d', ref('ftr_customer__latest'), ['customer_id', 'prediction_at'])
-#}
{% macro preprocessed(task, relation, keep, ordered=none, params_version=none) -%}
    with parameters as (

        {% if params_version is none -%}
        select * from {{ footfall.current_parameters(task) }} as learned
        {%- else -%}
        {%- do footfall._require_version(task, params_version) -%}
        select * from {{ ref('ftr_fitted_parameters') }}
        where task = '{{ task }}' and params_version = '{{ params_version }}'
        {%- endif %}

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
        footfall.feature_history(task, footfall.training_moment() if ordered else none), ordered
    ) }}
{%- endmacro %}

{#- Ends the compilation unless the version is there, and fitted by what is declared today. -#}
{% macro _require_version(task, params_version) -%}
    {%- set stored = load_relation(ref('ftr_fitted_parameters')) if execute -%}
    {%- if stored -%}
        {%- set query -%}
            select params_version, max(plan_hash), max(as_known_at) from {{ stored }}
            where task = '{{ task }}'
            group by params_version
            order by 3 desc nulls last
        {%- endset -%}
        {%- set versions = run_query(query).rows -%}
        {%- set found = versions | selectattr(0, 'equalto', params_version) | list -%}
        {%- if not found -%}
            {{ exceptions.raise_compiler_error(
                'preprocessed: features.fitted_parameters holds no version ' ~ params_version ~ ' of ' ~ task
                ~ '; the newest: ' ~ (versions[:5] | map(attribute=0) | join(', ') or 'none')
            ) }}
        {%- elif found[0][1] != footfall.plan_hash(footfall.training_plan(task)) -%}
            {{ exceptions.raise_compiler_error(
                'preprocessed: version ' ~ params_version ~ ' was fitted by another declaration than that of trn_' ~ task
                ~ '; declare what it was, or train again'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
