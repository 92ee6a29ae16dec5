{#-
    A category as the mean of the labels that were known before, drawn towards the mean of all of them: never by one's own label.

    Shape      a whole query: the keys and `value` double; one row a row of the relation
    Units      prior_rows: as many rows as the mean of all is worth
    Arguments  relation: a CTE; keys: its columns that are unique; category: column; moment: when a row is predicted;
               label: column of 0 and 1; known_at: when its label was known; rows: condition of the rows that count
    Nulls      null where no label was known yet; a null category is one of its own; a row without a label teaches nothing
    Source     CatBoost's ordered statistics, by what was known (strictly before) instead of by a random order
    Example    m = 10, (at 1, known 3, A, 1), (2, 4, A, 0), (2, 4, B, 1): A at 3 null, A at 3.5 1.0, A at 5 0.638889
-#}
{% macro target_encoded(relation, keys, category, moment, label, known_at, prior_rows=10, rows='true') -%}
    {%- set order = 'happened_at asc nulls last, is_label asc, ' ~ keys | join(' asc nulls last, ') ~ ' asc nulls last' -%}
    {#- A running sum instead of a join of each row with all before it. -#}
    select
        {{ keys | join(', ') }},
        (label_sum + {{ prior_rows }} * (all_label_sum / nullif(all_label_count, 0))) / (label_count + {{ prior_rows }}) as value
    from (
        select
            {{ keys | join(', ') }},
            is_label,
            {%- for prefix, by in [('', 'category'), ('all_', none)] %}
            {%- for name, column in [('label_count', 'is_label'), ('label_sum', 'label')] %}
            sum({{ column }}) over (
                {{ ('partition by ' ~ by) if by }}
                order by {{ order }}
                rows between unbounded preceding and current row
            ) as {{ prefix }}{{ name }}{{ ',' if not (loop.last and prefix) }}
            {%- endfor %}
            {%- endfor %}
        from (
            -- Of one instant the prediction comes first: what is known at t is not known before t.
            select {{ keys | join(', ') }}, {{ category }} as category, {{ moment }} as happened_at, 0 as is_label, 0e0 as label
            from {{ relation }}
            where {{ rows }}
            union all
            select {{ keys | join(', ') }}, {{ category }}, {{ known_at }}, 1, cast({{ label }} as double)
            from {{ relation }}
            where {{ rows }} and {{ label }} is not null and {{ known_at }} is not null
        ) as happenings
    ) as counted
    where is_label = 0
{%- endmacro %}
