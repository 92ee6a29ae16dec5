{#-
    Values in their order, each with the place of its last row: what ranked_quantile reads.

    Shape      a whole query: the columns of the relation, last_rank (from 1) and value_count; one row per value and `by`
    Arguments  relation: a CTE with the columns of `by`, value and row_count, one row a value; by: its columns
    Nulls      a null value is left out, and not counted
    Source     sorting each value once instead of each row; groups are told apart by a number and counts added as doubles, exact
               up to 2 ** 53: by three texts and in whole numbers the window takes three times as long
    Example    (10, 3 rows), (20, 1 row) -> last_rank 3 and 4, value_count 4
-#}
{% macro ranked_values(relation, by) -%}
    select
        given.*,
        cast(sum(cast(given.row_count as double)) over (
            partition by groups.group_number order by given.value asc nulls last
            rows between unbounded preceding and current row
        ) as bigint) as last_rank,
        groups.value_count
    from {{ relation }} as given
    inner join (
        select
            {{ by | join(', ') }},
            row_number() over (order by {{ by | join(', ') }}) as group_number,
            cast(sum(row_count) as bigint) as value_count
        from {{ relation }}
        where value is not null
        group by {{ by | join(', ') }}
    ) as groups
        on {{ footfall._same('given', 'groups', by) }}
    where given.value is not null
{%- endmacro %}
