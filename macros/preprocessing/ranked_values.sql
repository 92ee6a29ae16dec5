{#-
    Values in their order, each with the place of its last row: what ranked_quantile reads.

    Shape      a whole query: the columns of the relation, last_rank (from 1) and value_count; one row per value and `by`
    Arguments  relation: a CTE with the columns of `by`, value and row_count, one row a value; by: its columns
    Nulls      a null value is left out, and not counted
    Source     sorting each value once instead of each row
    Example    (10, 3 rows), (20, 1 row) -> last_rank 3 and 4, value_count 4
-#}
{% macro ranked_values(relation, by) -%}
    select
        *,
        cast(sum(row_count) over (
            partition by {{ by | join(', ') }} order by value asc nulls last rows between unbounded preceding and current row
        ) as bigint) as last_rank,
        cast(sum(row_count) over (partition by {{ by | join(', ') }}) as bigint) as value_count
    from {{ relation }}
    where value is not null
{%- endmacro %}
