{#-
    The last value that an entity had, for the rows that miss it: not older than a limit, and known by then.

    Shape      a whole query: the entity's columns, the moment, the time it was known by and `value`; one row for each of them
               that misses a value and has an earlier one
    Units      days, compared as an interval; a value of exactly so many days ago still counts
    Arguments  relation: the rows to fill, of which a CTE or a table; one: the feature's entry in the plan;
               history: {relation, entity: [columns], moment, known_at}: where earlier values stand, by whom and when, and by
               when a row's values were known; `relation` has these columns, too. The macros that take a plan also take
               {feature: such a history}
    Nulls      a row without an earlier value is not there; an unknown moment has none
    Source     last observation carried forward; DEFINITIONS.md, section 20
    Example    7 days: 5 on the 1st, nothing on the 8th and the 9th -> 5 on the 8th
-#}
{% macro last_known(relation, one, history) -%}
    {%- set at, known_at, entity = history.moment, history.known_at, history.entity | join(', ') -%}
    select {{ entity }}, {{ at }}, {{ known_at }}, value
    from (
        select
            {% for key in history.entity %}missing.{{ key }}, {% endfor %}missing.{{ at }}, missing.{{ known_at }},
            earlier.value,
            row_number() over (
                partition by {% for key in history.entity %}missing.{{ key }}, {% endfor %}missing.{{ at }}, missing.{{ known_at }}
                order by earlier.{{ at }} desc nulls last, earlier.{{ known_at }} desc nulls last, earlier.value desc nulls last
            ) as position
        from (
            select {{ entity }}, {{ at }}, {{ known_at }}
            from {{ relation }}
            where {{ footfall._read(one) }} is null
            group by {{ entity }}, {{ at }}, {{ known_at }}
        ) as missing
        inner join (
            select {{ entity }}, {{ at }}, {{ known_at }}, {{ footfall._read(one) }} as value
            from {{ history.relation }}
            where {{ footfall._read(one) }} is not null
        ) as earlier
            on
                {% for key in history.entity -%}
                missing.{{ key }} = earlier.{{ key }} and
                {% endfor -%}
                earlier.{{ at }} < missing.{{ at }}
                and earlier.{{ at }} >= missing.{{ at }} - interval '{{ one.last_days }} days'
                -- What that row says may have come to be known after this one was.
                and earlier.{{ known_at }} <= missing.{{ known_at }}
    ) as found
    where position = 1
{%- endmacro %}

{#- CTEs `<feature>__last`, one for each feature that is filled so; with a comma after each. -#}
{% macro _last_known_ctes(relation, plan, history, caller_name) -%}
    {%- for one in plan if one.last_days -%}
        {%- set own = footfall._history_of(one, history) -%}
        {%- if own is none -%}
            {{ exceptions.raise_compiler_error(
                caller_name ~ ': ' ~ one.feature ~ ' is filled with its last value; say history={relation, entity, moment, known_at}'
            ) }}
        {%- endif %}
{{ one.feature }}__last as (

    {{ footfall.last_known(relation, one, own) }}

),
    {% endfor %}
{%- endmacro %}

{#- The joins that bring them to `rows`, the alias of the relation. -#}
{% macro _last_known_joins(plan, history, rows) -%}
    {%- for one in plan if one.last_days %}
    {%- set own = footfall._history_of(one, history) %}
    left join {{ one.feature }}__last
        on
            {% for key in own.entity + [own.moment] -%}
            {{ rows }}.{{ key }} = {{ one.feature }}__last.{{ key }} and
            {% endfor -%}
            {{ rows }}.{{ own.known_at }} = {{ one.feature }}__last.{{ own.known_at }}
    {%- endfor -%}
{%- endmacro %}

{#- A feature's history, of one for all or one for each. -#}
{% macro _history_of(one, history) -%}
    {{ return(history if history is none or history.get('moment') is string else history.get(one.feature)) }}
{%- endmacro %}
