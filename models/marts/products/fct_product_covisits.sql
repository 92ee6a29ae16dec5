-- Grain: one row per ordered pair of products, pair type and window (product_id, other_product_id,
-- pair_type, window_name). Made whole each time: the windows move with the last day.
with covisits as (

    select * from {{ ref('int_product_covisits') }}
    where pair_type <> 'none'

),

-- From the model itself: read twice, `covisits` would be held in memory, all of it.
ends as (

    select cast(max(covisited_on) + interval '1 day' as date) as ends_on
    from {{ ref('int_product_covisits') }}
    where pair_type <> 'none'

),

begins as (

    select
        {% for name, days in product_pair_windows().items() %}
            {% if days is none -%}
                date '1900-01-01'
            {%- else -%}
                cast(ends_on - interval '{{ days }} days' as date)
            {%- endif %} as begins_on_{{ loop.index }},
        {% endfor %}
        ends_on
    from ends

),

-- Every window in one pass. A person counts once a window: on the first day that lies in it.
counted as (

    select
        covisits.pair_type,
        covisits.product_id,
        covisits.other_product_id,
        {% for name in product_pair_windows() %}
            {% set in_window = 'covisits.covisited_on >= begins.begins_on_' ~ loop.index %}
            count(case when {{ in_window }} then 1 end) as covisit_count_{{ loop.index }},
            count(case
                when
                    {{ in_window }}
                    and coalesce(
                        covisits.previous_covisited_on < begins.begins_on_{{ loop.index }}, true
                    )
                    then 1
            end) as person_count_{{ loop.index }},
        {% endfor %}
        max(covisits.covisited_on) as last_covisited_on
    from covisits
    cross join begins
    group by covisits.pair_type, covisits.product_id, covisits.other_product_id

),

windowed as (

    {% for name in product_pair_windows() %}
        select
            '{{ name }}' as window_name,
            counted.pair_type,
            counted.product_id,
            counted.other_product_id,
            counted.covisit_count_{{ loop.index }} as covisit_count,
            counted.person_count_{{ loop.index }} as person_count,
            counted.last_covisited_on,
            begins.begins_on_{{ loop.index }} as begins_on,
            begins.ends_on
        from counted
        cross join begins
        where counted.covisit_count_{{ loop.index }} > 0
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

left_out as (

    select
        window_name,
        covisit_count
    from windowed
    where pair_type = 'left_out'

),

final as (

    select
        -- ids
        windowed.product_id,
        windowed.other_product_id,
        windowed.pair_type,
        windowed.window_name,

        -- measures
        cast(windowed.covisit_count as integer) as covisit_count,
        cast(windowed.person_count as integer) as person_count,
        cast(coalesce(left_out.covisit_count, 0) as integer) as left_out_day_count,

        -- times
        windowed.last_covisited_on,
        windowed.begins_on,
        windowed.ends_on
    from windowed
    left join left_out on windowed.window_name = left_out.window_name
    where
        windowed.pair_type <> 'left_out'
        and windowed.person_count >= {{ whole_var('covisit_min_persons') }}

)

select * from final
