-- Every condition can hold and says one thing; of several problems all rows fail, one is told.
with rules as (

    select * from {{ ref('channel_rules') }}

),

channels as (

    select * from {{ ref('channels') }}

),

compared as (

    select
        rules.*,
        channels.channel is not null as is_known_channel,
        count(*) over (
            partition by rules.priority, rules.clause, rules.field, rules.op, rules.value
        ) as copy_count,
        min(rules.channel) over (partition by rules.priority) as first_channel
    from rules
    left join channels on rules.channel = channels.channel

),

judged as (

    select
        *,
        case
            when priority is null or clause is null or value is null or channel is null
                then 'a field is empty'
            when field is null or field not in ('source', 'medium', 'campaign', 'category')
                then 'unknown field'
            when op is null or op not in ('equals', 'contains', 'ends_with', 'matches')
                then 'unknown op'
            when not is_known_channel then 'unknown channel, not in channels.csv'
            when copy_count > 1 then 'the row stands twice'
            when channel <> first_channel
                then 'this priority has another channel, ' || first_channel
            when value <> lower(value) then 'the value is not lower case, so it never matches'
        end as problem
    from compared

)

select
    *,
    {{ stop_with(
        "'channel_rules: ' || concat_ws(',', priority, clause, field, op, value, channel) || ': '"
        ~ " || problem"
    ) }} as is_told
from judged
where problem is not null
