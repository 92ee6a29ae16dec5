{#-
    What preprocessing learns from the rows of a training set that train, and a version that names it.

    Shape      a whole query: the columns of features.fitted_parameters but is_current; one row a statistic
    Units      fit_to: a microsecond after the last row that was learned from
    Arguments  task, plan: of preprocessed_tasks; relation: its training set; as_known_at: timestamp expression
    Nulls      without a row that trains fit_from and fit_to are null, and statistics as of `fitted`
    Source     DEFINITIONS.md, section 20. The version is of plan, window and values: the same rows give the same version,
               whenever they are fitted; compared within one warehouse only
    Example    training_parameters('purchase_7d', plan, ref('trn_purchase_7d'), 'null')
-#}
{% macro training_parameters(task, plan, relation, as_known_at) -%}
    {%- set text = footfall.sql_type('varchar') -%}
    {%- set plan_hash = footfall.plan_hash(plan) -%}
    {%- set statistic = ['feature', 'step', 'group_key', 'stat', 'value', 'text_value', 'row_count'] -%}
    with statistics as (

        {{ footfall.fitted(relation, plan, "split = 'train'", 'label', footfall.feature_history(task, as_known_at)) }}

    ),

    fit as (

        select
            min(prediction_at) as fit_from,
            max(prediction_at) + interval '1 microsecond' as fit_to
        from {{ relation }}
        where split = 'train'

    ),

    version as (

        select
            -- A sum does not mind the order of rows.
            sum(cast({{ footfall.fingerprint(statistic) }} as decimal(38, 0))) as statistics_hash
        from statistics

    )

    select
        md5(concat_ws(
            '|', '{{ task }}', '{{ plan_hash }}',
            coalesce(cast(fit.fit_from as {{ text }}), ''), coalesce(cast(fit.fit_to as {{ text }}), ''),
            cast(version.statistics_hash as {{ text }})
        )) as params_version,
        '{{ task }}' as task,
        '{{ plan_hash }}' as plan_hash,
        md5(concat_ws(
            '|', statistics.feature, statistics.step, statistics.stat, coalesce('=' || statistics.group_key, ''),
            coalesce('=' || statistics.text_value, '')
        )) as statistic_id,
        {%- for column in statistic %}
        statistics.{{ column }},
        {%- endfor %}
        fit.fit_from,
        fit.fit_to,
        cast({{ as_known_at }} as timestamp) as as_known_at
    from statistics
    cross join fit
    cross join version
{%- endmacro %}
