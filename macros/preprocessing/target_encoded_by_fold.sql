{#-
    A category as the mean of the labels of the other folds, drawn towards the mean of all of theirs: for rows without a time.

    Shape      a whole query: the keys and `value` double; one row a row of the relation
    Units      prior_rows: as many rows as the mean of all is worth
    Arguments  relation: a CTE; keys: its columns that are unique; category, fold: columns; label: column of 0 and 1
    Nulls      null where no other fold has a label; a null category is one of its own, a null fold too
    Source     scikit-learn's TargetEncoder, fit_transform with these folds. Where rows have a time, target_encoded
    Example    m = 10, (A, 1, fold 0), (A, 0, fold 1), (B, 1, fold 1): A of fold 0 is 0.454545, A and B of fold 1 are 1
-#}
{% macro target_encoded_by_fold(relation, keys, category, label, fold, prior_rows=10) -%}
    select
        {%- for key in keys %}
        given.{{ key }},
        {%- endfor %}
        (others.label_sum + {{ prior_rows }} * (others.all_label_sum / nullif(others.all_label_count, 0)))
        / (others.label_count + {{ prior_rows }}) as value
    from {{ relation }} as given
    inner join (
        select
            category,
            fold,
            {%- for prefix, by in [('', 'category'), ('all_', none)] %}
            {%- for name in ['label_count', 'label_sum'] %}
            sum({{ name }}) over ({{ ('partition by ' ~ by ~ ' ') if by }}order by fold asc nulls last, category asc nulls last
                rows between unbounded preceding and unbounded following)
            - sum({{ name }}) over (partition by {{ (by ~ ', ') if by }}fold order by category asc nulls last
                rows between unbounded preceding and unbounded following)
            as {{ prefix }}{{ name }}{{ ',' if not (loop.last and prefix) }}
            {%- endfor %}
            {%- endfor %}
        from (
            select
                {{ category }} as category,
                {{ fold }} as fold,
                count({{ label }}) as label_count,
                coalesce({{ footfall.ordered_sum('cast(' ~ label ~ ' as double)') }}, 0e0) as label_sum
            from {{ relation }}
            group by {{ category }}, {{ fold }}
        ) as counted
    ) as others
        on given.{{ category }} is not distinct from others.category and given.{{ fold }} is not distinct from others.fold
{%- endmacro %}
