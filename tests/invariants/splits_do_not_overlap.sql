-- What a row of one part was asked, from its moment to the end of its label, ends before the next
-- part begins; what trains after the test begins after it. Nobody stands in two parts of a task
-- whose parts are disjoint.
{% set splits = checked_splits() %}
with windows as (

    {% for task, split in splits.items() %}
        select
            '{{ task }}' as task,
            split,
            {{ checked_spines()[checked_labels()[split.label].spine][0] }} as entity,
            {{ split.entity_disjoint }} as is_disjoint,
            prediction_at,
            label_to_at,
            max(case when split = 'test' then prediction_at end) over () as last_test_at
        from {{ ref('trn_' ~ task) }}
        where split in ('train', 'valid', 'test')
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

parts as (

    select
        task,
        split,
        prediction_at > last_test_at as is_after_test,
        min(prediction_at) as from_at,
        max(label_to_at) as to_at
    from windows
    group by task, split, prediction_at > last_test_at

),

overlapping as (

    select
        one.task,
        one.split || ' and ' || two.split as fault
    from parts as one
    inner join parts as two
        on
            one.task = two.task
            and one.split < two.split
            and one.from_at < two.to_at
            and two.from_at < one.to_at

),

entities as (

    select
        task,
        'entity in two parts: ' || entity as fault
    from windows
    where is_disjoint
    group by task, entity
    having count(distinct split) > 1

),

final as (

    select * from overlapping
    union all
    select * from entities

)

select * from final
