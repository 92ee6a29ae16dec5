{#- CTEs of what is learned about categories, each with a comma after it. -#}
{% macro _fitted_categories(categories, label) -%}
    {%- set text = footfall.sql_type('varchar') %}
    declared_categories as (
        {% for one in categories %}
        select
            '{{ one.feature }}' as feature,
            {{ footfall._literal(one.fill, text) }} as fill,
            {{ footfall._literal(one.constant, text) }} as constant,
            {{ footfall._literal(one.encode, text) }} as encode,
            {{ footfall._literal(one.encode_count, 'integer') }} as encode_count,
            {{ footfall._literal(one.top, 'integer') }} as top,
            {{ one.is_whole }} as is_whole
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    observed_categories as (
        {% for one in categories %}
        select
            '{{ one.feature }}' as feature,
            {{ footfall._read(one) }} as category,
            {{ (one.feature ~ '__last') if one.last_days else 'cast(null as ' ~ text ~ ')' }} as last_category,
            cast({{ label or 'null' }} as double) as label
        from rows_to_learn_from
        where is_complete_row
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    -- impute
    observed_counts as (

        select
            observed_categories.feature,
            observed_categories.category,
            count(*) as row_count,
            row_number() over (
                partition by observed_categories.feature
                order by
                    count(*) desc,
                    case when max(declared_categories.is_whole) then {{ footfall._as_whole('observed_categories.category') }} end
                    asc nulls last,
                    observed_categories.category asc nulls last
            ) as position
        from observed_categories
        inner join declared_categories on observed_categories.feature = declared_categories.feature
        where observed_categories.category is not null
        group by observed_categories.feature, observed_categories.category

    ),

    fill_categories as (

        select
            declared_categories.feature,
            declared_categories.fill,
            coalesce(sum(observed_counts.row_count), 0) as row_count,
            case declared_categories.fill
                when 'mode' then max(case when observed_counts.position = 1 then observed_counts.category end)
                else declared_categories.constant
            end as category
        from declared_categories
        left join observed_counts on declared_categories.feature = observed_counts.feature
        where declared_categories.fill is not null
        group by declared_categories.feature, declared_categories.fill, declared_categories.constant

    ),

    -- encode
    category_counts as (

        select
            observed_categories.feature,
            coalesce(observed_categories.category, observed_categories.last_category, fill_categories.category) as category,
            count(*) as row_count,
            count(observed_categories.label) as label_count,
            coalesce({{ footfall.ordered_sum('observed_categories.label') }}, 0e0) as label_sum
        from observed_categories
        left join fill_categories on observed_categories.feature = fill_categories.feature
        group by
            observed_categories.feature,
            coalesce(observed_categories.category, observed_categories.last_category, fill_categories.category)

    ),

    encodings as (

        select
            category_counts.*,
            declared_categories.encode,
            declared_categories.top,
            declared_categories.encode_count as prior_rows,
            sum(category_counts.row_count) over (partition by category_counts.feature) as all_count,
            row_number() over (
                partition by category_counts.feature, category_counts.category is null
                order by
                    category_counts.row_count desc,
                    case when declared_categories.is_whole then {{ footfall._as_whole('category_counts.category') }} end asc nulls last,
                    category_counts.category asc nulls last
            ) as category_rank,
            row_number() over (
                partition by category_counts.feature, category_counts.category is null
                order by
                    case when declared_categories.is_whole then {{ footfall._as_whole('category_counts.category') }} end asc nulls last,
                    category_counts.category asc nulls last
            ) - 1 as code
        from category_counts
        inner join declared_categories on category_counts.feature = declared_categories.feature

    ),

    priors as (

        select
            declared_categories.feature,
            coalesce(sum(category_counts.label_count), 0) as row_count,
            {{ footfall.ordered_sum('category_counts.label_sum') }} / nullif(sum(category_counts.label_count), 0) as prior
        from declared_categories
        left join category_counts on declared_categories.feature = category_counts.feature
        where declared_categories.encode = 'target'
        group by declared_categories.feature

    ),
{%- endmacro %}

{#- Rows of what was learned about categories, each select with `union all` before it. -#}
{% macro _category_statistics(categories) %}
        union all
        select feature, 'impute', null, fill, cast(null as double), category, row_count
        from fill_categories
        union all
        select feature, 'one_hot', cast(category_rank as {{ footfall.sql_type('varchar') }}), 'category', cast(row_count as double), category, row_count
        from encodings
        where encode = 'one_hot' and category is not null and category_rank <= top
        union all
        select feature, 'ordinal', null, 'code', cast(code as double), category, row_count
        from encodings
        where encode = 'ordinal' and category is not null
        union all
        select feature, 'frequency', null, 'share', cast(row_count as double) / all_count, category, row_count
        from encodings
        where encode = 'frequency'
        union all
        select
            encodings.feature, 'target', null, 'mean',
            (encodings.label_sum + encodings.prior_rows * priors.prior) / (encodings.label_count + encodings.prior_rows),
            encodings.category, encodings.label_count
        from encodings
        inner join priors on encodings.feature = priors.feature
        union all
        select feature, 'target', null, 'prior', prior, null, row_count
        from priors
{%- endmacro %}

{#- A category of a whole-number column as that number, so that 9 comes before 10. -#}
{% macro _as_whole(category) -%}
    try_cast({{ category }} as decimal(38, 0))
{%- endmacro %}
