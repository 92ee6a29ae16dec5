{#-
    What held when: the versions of each thing, one after the other, without those that change nothing.

    Shape      a whole query: the relation's columns, valid_to and is_current; one row a key and valid_from
    Arguments  relation: a CTE with valid_from, available_at, loaded_at; key: its column for the thing; attributes: columns
               whose change makes a version; known_at: only versions available by then, so that the past is as it was known
    Nulls      valid_to is null for the last version; two nulls are equal
    Source     DEFINITIONS.md, section 19: of one valid_from the version that became available last counts
    Example    10 from 01-01, 10 from 02-01, 12 from 03-01 -> [01-01, 03-01) 10, [03-01, ) 12
-#}
{% macro version_history(relation, key, attributes, known_at=none) -%}
    select
        changes.*,
        lead(valid_from) over (partition by {{ key }} order by valid_from asc nulls last) as valid_to,
        lead(valid_from) over (partition by {{ key }} order by valid_from asc nulls last) is null as is_current
    from (
        select
            winners.*,
            lag(version_hash) over (partition by {{ key }} order by valid_from asc nulls last) as previous_hash
        from (
            select
                hashed.*,
                row_number() over (
                    partition by {{ key }}, valid_from
                    order by available_at desc nulls last, loaded_at desc nulls last, version_hash desc nulls last
                ) as version_rank
            from (
                select
                    {{ relation }}.*,
                    {{ footfall.row_id(attributes) }} as version_hash
                from {{ relation }}
                {%- if known_at is not none %}
                where available_at <= {{ known_at }}
                {%- endif %}
            ) as hashed
        ) as winners
        where version_rank = 1
    ) as changes
    where previous_hash is null or previous_hash <> version_hash
{%- endmacro %}
