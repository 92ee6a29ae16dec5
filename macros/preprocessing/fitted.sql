{#-
    The statistics of every step, from the training rows: what features.fitted_parameters stores of one training.

    Shape      a whole query: feature, step, group_key, stat, value double, text_value, row_count bigint; one row a statistic
    Arguments  relation: the rows, a CTE or a table; plan: of checked_preprocessing; training: condition of the rows to learn
               from; label: column of 0 and 1, for encode: target; history: see last_known, for impute: last
    Nulls      without a training value a statistic is null, and what is missing becomes 0; no row at all is no error.
               The rows a statistic was made of: row_count
    Errors     fitted: … is encoded by the label; say label=…
    Source     DEFINITIONS.md, section 20: each step learns from what the one before it left; scikit-learn's numbers
    Example    (1, 2, 2, 1, null, 4) with {impute: median} -> ('x', 'impute', null, 'median', 2, null, 5)

    step      stat                                      what it says
    read      missing_share, not_finite_share           of the training rows
    delete    dropped_count                             rows that the deletion policy took out, of row_count
    cap       lower, upper, clips                       the fences; clips 1 where a value beyond becomes its fence
    impute    mean, median, mode, constant              what is filled in; text_value for a category
              group_median, parent_median               of the group in group_key
    scale     center, scale                             (x - center) / scale
              quantile                                  the value at point group_key of quantile:<n>
    bin       edge                                      edge group_key, both ends included
    one_hot   category                                  text_value has column group_key; value: its rows
    ordinal   code                                      of text_value
    frequency share                                     of text_value, null among them
    target    mean, prior                               of text_value; of all
-#}
{% macro fitted(relation, plan, training='true', label=none, history=none) -%}
    {%- set numbers = plan | selectattr('kind', 'equalto', 'number') | list -%}
    {%- set categories = plan | selectattr('kind', 'equalto', 'category') | list -%}
    {%- for one in plan if one.encode == 'target' and label is none -%}
        {{ exceptions.raise_compiler_error('fitted: ' ~ one.feature ~ ' is encoded by the label; say label=<its column>') }}
    {%- endfor -%}
    with {{ footfall._last_known_ctes(relation, plan, history, 'fitted') }}

    rows_to_learn_from as (

        select
            learned.*,
            {%- for one in plan if one.last_days %}
            {{ one.feature }}__last.value as {{ one.feature }}__last,
            {%- endfor %}
            {{ footfall.is_complete(plan, 'learned') }} as is_complete_row
        from (select * from {{ relation }} where {{ training }}) as learned
        {{- footfall._last_known_joins(plan, history, 'learned') }}

    ),
    {% if numbers %}{{ footfall._fitted_numbers(numbers) }}{% endif %}
    {%- if categories %}{{ footfall._fitted_categories(categories, label) }}{% endif %}
    statistics as (

        {%- for one in plan %}
        select
            '{{ one.feature }}' as feature,
            'read' as step,
            cast(null as {{ footfall.sql_type('varchar') }}) as group_key,
            'missing_share' as stat,
            cast(count(*) - count({{ footfall._read(one) }}) as double) / nullif(count(*), 0) as value,
            cast(null as {{ footfall.sql_type('varchar') }}) as text_value,
            count(*) as row_count
        from rows_to_learn_from
        {%- if one.kind == 'number' %}
        union all
        select
            '{{ one.feature }}', 'read', null, 'not_finite_share',
            cast(count({{ one.feature }}) - count({{ footfall._read(one) }}) as double) / nullif(count(*), 0), null, count(*)
        from rows_to_learn_from
        {%- endif %}
        {%- if one.needs_value %}
        union all
        select
            '{{ one.feature }}', 'delete', null, 'dropped_count',
            cast(count(*) - count({{ footfall._read(one) }}) as double), null, count(*)
        from rows_to_learn_from
        {%- endif %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        {%- if numbers %}{{ footfall._number_statistics(numbers) }}{% endif %}
        {%- if categories %}{{ footfall._category_statistics(categories) }}{% endif %}

    )

    select
        feature,
        step,
        group_key,
        stat,
        value,
        text_value,
        cast(row_count as bigint) as row_count
    from statistics
{%- endmacro %}
