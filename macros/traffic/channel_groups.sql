{#-
    The channel of every combination of source, medium and campaign in a relation, by the seed `channel_rules`.

    Shape      a whole query: source, medium, campaign ('' for none), source_category and channel, one row a combination
    Arguments  relation: CTE with the three as text, trimmed, in lower case, named as source, medium and campaign say.
               Reads the CTEs `channel_rules` and `source_categories` besides
    Nulls      to a rule, null and '' are the same; where no rule matches, the channel is Unassigned
    Errors     a rule with an unknown field or op ends the query and is named
    Source     conditions of a clause are ANDed, clauses of a priority ORed, the first priority wins. The rules are read
               as rows, so that there is nothing that engines could spell or read differently
-#}
{% macro channel_groups(relation, source='source', medium='medium', campaign='campaign') -%}
    {%- set rule = "'channel_rules: priority ' || rules.priority || ', clause ' || rules.clause || ': unknown '" -%}
    with combinations as (

        select distinct
            coalesce({{ source }}, '') as source,
            coalesce({{ medium }}, '') as medium,
            coalesce({{ campaign }}, '') as campaign
        from {{ relation }}

    ),

    -- A source that the seed names twice still has one category.
    categories as (

        select
            source,
            min(source_category) as source_category
        from source_categories
        group by source

    ),

    categorised as (

        select
            combinations.source,
            combinations.medium,
            combinations.campaign,
            categories.source_category
        from combinations
        left join categories on combinations.source = categories.source

    ),

    paired as (

        select
            categorised.source,
            categorised.medium,
            categorised.campaign,
            rules.priority,
            rules.clause,
            rules.op,
            rules.channel,
            coalesce(rules.value, '') as wanted,
            case
                when rules.field = 'source' then categorised.source
                when rules.field = 'medium' then categorised.medium
                when rules.field = 'campaign' then categorised.campaign
                when rules.field = 'category' then coalesce(categorised.source_category, '')
                when {{ footfall.stop_with(rule ~ " || 'field ' || coalesce(rules.field, 'null')") }} then ''
            end as given
        from categorised
        cross join channel_rules as rules

    ),

    clauses as (

        select
            source,
            medium,
            campaign,
            priority,
            clause,
            min(channel) as channel
        from paired as rules
        group by source, medium, campaign, priority, clause
        having bool_and(
            case
                when op = 'equals' then given = wanted
                when op = 'contains' then instr(given, wanted) > 0
                when op = 'ends_with' then right(given, length(wanted)) = wanted
                when op = 'matches' then {{ footfall.contains_match("given", "'^(?:' || wanted || ')$'") }}
                else {{ footfall.stop_with(rule ~ " || 'op ' || coalesce(op, 'null')") }}
            end
        )

    ),

    chosen as (

        select
            *,
            row_number() over (
                partition by source, medium, campaign
                order by priority asc, clause asc
            ) as choice
        from clauses

    )

    select
        categorised.source,
        categorised.medium,
        categorised.campaign,
        categorised.source_category,
        coalesce(chosen.channel, 'Unassigned') as channel
    from categorised
    left join chosen
        on
            categorised.source = chosen.source
            and categorised.medium = chosen.medium
            and categorised.campaign = chosen.campaign
            and chosen.choice = 1
{%- endmacro %}
