-- Grain: one row per person, pair of products, pair type and day (person_id, product_id,
-- other_product_id, pair_type, covisited_on).
-- A guest's order is that of whoever's visit placed it; one of nobody known has no pair.
{% set is_somebodys = "person_id <> 'order ' || order_id" %}
{{ keyed_by('person_id', inputs=[
    {
        'model': 'int_persons__acts',
        'key': 'person_id_current',
        'fingerprint': fingerprint([
            'event_id', 'product_id', 'event_type', 'source_seq', 'event_rank', 'event_on', 'event_at',
        ]),
    },
    {
        'model': 'int_orders__conversions', 'where': is_somebodys,
        'fingerprint': fingerprint(['order_id', 'ordered_on', 'ordered_at', 'order_fingerprint']),
    },
], told_by="pair_type = 'none'") }}

with changed as (

    select * from {{ changed_keys() }}

),

-- Small numbers instead of ids: what follows compares millions of pairs.
persons as (

    select
        *,
        cast(row_number() over (order by person_id asc) as integer) as person_number
    from changed

),

events as (

    select
        events.*,
        persons.person_number
    from {{ ref('int_persons__acts') }} as events
    inner join {{ changed_keys() }} as changed on events.person_id_current = changed.person_id
    inner join persons on events.person_id_current = persons.person_id

),

orders as (

    select
        orders.*,
        persons.person_number
    from {{ ref('int_orders__conversions') }} as orders
    inner join persons on orders.person_id = persons.person_id

),

items as (

    select * from {{ ref('fct_order_items') }}
    where line_type = 'sale' and is_product and quantity > 0 and product_id is not null

),

pair_types as (

    {% for pair_type, hours in covisit_hours().items() %}
        select
            '{{ pair_type }}' as pair_type,
            '{{ pair_type.split("_")[0] }}' as first_act,
            '{{ pair_type.split("_")[1] }}' as next_act,
            {{ hours }} as window_hours
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- A purchase is the order, which holds every product and is there without a tracker too.
acts as (

    select
        events.person_number,
        events.product_id,
        case when events.event_type = 'view_item' then 'view' else 'cart' end as act,
        events.event_id as act_id,
        events.source_seq,
        events.event_rank,
        events.event_on as acted_on,
        events.event_at as acted_at
    from events
    union all
    select
        orders.person_number,
        items.product_id,
        'buy' as act,
        orders.order_id as act_id,
        cast(null as bigint) as source_seq,
        80 as event_rank,
        orders.ordered_on as acted_on,
        orders.ordered_at as acted_at
    from orders
    inner join items on orders.order_id = items.order_id
    group by
        orders.person_number,
        items.product_id,
        orders.order_id,
        orders.ordered_on,
        orders.ordered_at

),

products as (

    select
        product_id,
        cast(row_number() over (order by product_id asc) as integer) as product_number
    from acts
    group by product_id

),

-- Products of one event or order share a place: none comes before the other.
placed as (

    select
        acts.person_number,
        products.product_number,
        acts.act,
        acts.acted_on,
        acts.acted_at,
        cast(
            {{ whole_quotient(epoch_us('acts.acted_at'), '86400000000') }} as integer
        ) as day_number,
        rank() over (
            partition by acts.person_number
            order by
                acts.acted_at asc nulls last,
                acts.source_seq asc nulls last,
                acts.event_rank asc nulls last,
                acts.act asc nulls last,
                acts.act_id asc nulls last
        ) as place,
        count(*) over (partition by acts.person_number, acts.acted_on) as act_count
    from acts
    inner join products on acts.product_id = products.product_id

),

-- A day with more acts is a script's, and would give more pairs than everybody else together.
kept as (

    select * from placed
    where act_count <= {{ whole_var('covisit_max_acts') }}

),

-- No window is longer than a day, so the second act lies on the first one's day or the next: a join
-- by person alone would pair years of acts.
reaching as (

    select
        *,
        day_number as reached_day_number
    from kept
    union all
    select
        *,
        day_number + 1 as reached_day_number
    from kept

),

paired as (

    select
        firsts.person_number,
        firsts.product_number,
        nexts.product_number as other_product_number,
        pair_types.pair_type,
        nexts.acted_on as covisited_on,
        min(nexts.acted_at) as covisited_at
    from reaching as firsts
    inner join kept as nexts
        on
            firsts.person_number = nexts.person_number
            and firsts.reached_day_number = nexts.day_number
            and firsts.place < nexts.place
            and firsts.product_number <> nexts.product_number
    inner join pair_types
        on
            firsts.act = pair_types.first_act
            and nexts.act = pair_types.next_act
            and firsts.acted_at + pair_types.window_hours * interval '1 hour' > nexts.acted_at
    group by
        firsts.person_number,
        firsts.product_number,
        nexts.product_number,
        pair_types.pair_type,
        nexts.acted_on

),

followed as (

    select
        *,
        lag(covisited_on) over (
            partition by person_number, product_number, other_product_number, pair_type
            order by covisited_on asc nulls last
        ) as previous_covisited_on
    from paired

),

-- Every person has a row, if only one without a pair: whoever has none would be made anew each
-- time.
listed as (

    select
        followed.person_number,
        products.product_id,
        others.product_id as other_product_id,
        followed.pair_type,
        followed.covisited_on,
        followed.previous_covisited_on,
        followed.covisited_at
    from followed
    inner join products on followed.product_number = products.product_number
    inner join products as others on followed.other_product_number = others.product_number
    union all
    select
        person_number,
        '-' as product_id,
        '-' as other_product_id,
        'left_out' as pair_type,
        acted_on as covisited_on,
        cast(null as date) as previous_covisited_on,
        min(acted_at) as covisited_at
    from placed
    where act_count > {{ whole_var('covisit_max_acts') }}
    group by person_number, acted_on
    union all
    select
        person_number,
        '-' as product_id,
        '-' as other_product_id,
        'none' as pair_type,
        date '1900-01-01' as covisited_on,
        cast(null as date) as previous_covisited_on,
        cast(null as timestamp) as covisited_at
    from persons

),

final as (

    select
        -- ids
        persons.person_id,
        listed.product_id,
        listed.other_product_id,

        -- attributes
        listed.pair_type,

        -- times
        listed.covisited_on,
        listed.previous_covisited_on,
        listed.covisited_at,
        persons.input_fingerprint
    from listed
    inner join persons on listed.person_number = persons.person_number

)

select * from final
