{#-
    The actors who do what only programs do, by all their visits.

    Shape      a whole query: actor_id, behaviour_reasons (in order, comma and space between) and known_at, when the
               last event of the visit or day that gave one of them away was available
    Arguments  relation: a CTE of events of visits: actor_id, session_id, event_id, event_type, product_id, event_at,
               available_at
    Units      var bot_behaviour: events within 60 seconds; products of a visit with nothing put into the cart; events of a
               visit whose gaps' standard deviation is below steady_share of their mean; hours of a UTC day with events
    Errors     bots_by_behaviour: <name> must be a whole number above 0, got <value>
    Source     conventions. The gaps are compared in whole microseconds, so that no order of adding changes a verdict
-#}
{% macro bots_by_behaviour(relation) -%}
    {%- set limits = var('bot_behaviour') -%}
    {%- set counts = [] -%}
    {%- for name in ('fast_events', 'products_without_cart', 'steady_events', 'hours_of_a_day') -%}
        {{- footfall.require_positive_int('bots_by_behaviour', name, limits[name]) -}}
        {%- do counts.append(limits[name]) -%}
    {%- endfor -%}
    -- Whoever has fewer events meets no rule; that is nearly everybody.
    with busy as (
        select actor_id from {{ relation }} group by actor_id having count(*) >= {{ counts | min }}
    ),

    walked as (
        select
            visits.*,
            lag(visits.event_at, {{ limits.fast_events }}) over in_visit as fast_from_at,
            {{ footfall.epoch_us('visits.event_at') }} - lag({{ footfall.epoch_us('visits.event_at') }}) over in_visit as gap_us
        from {{ relation }} as visits
        inner join busy on visits.actor_id = busy.actor_id
        window in_visit as (
            partition by visits.session_id order by visits.event_at asc nulls last, visits.event_id asc nulls last
        )
    ),

    visits_measured as (
        select
            actor_id,
            max(available_at) as known_at,
            count(case when event_at < fast_from_at + interval '60 seconds' then 1 end) as fast_count,
            count(distinct product_id) as product_count,
            count(case when event_type = 'add_to_cart' then 1 end) as cart_count,
            count(*) as event_count,
            cast(count(gap_us) as {{ footfall.sql_type('hugeint') }}) as gap_count,
            sum(cast(gap_us as {{ footfall.sql_type('hugeint') }})) as gap_total,
            sum(cast(gap_us as {{ footfall.sql_type('hugeint') }}) * gap_us) as gap_square_total
        from walked
        group by actor_id, session_id
    ),

    days_measured as (
        select actor_id, max(available_at) as known_at
        from walked
        group by actor_id, cast(event_at as date)
        having count(distinct extract(hour from event_at)) >= {{ limits.hours_of_a_day }}
    ),

    found as (
        select actor_id, 'fast' as reason, known_at from visits_measured where fast_count > 0
        union all
        select actor_id, 'no_cart' as reason, known_at from visits_measured
        where product_count >= {{ limits.products_without_cart }} and cart_count = 0
        union all
        select actor_id, 'steady' as reason, known_at from visits_measured
        where
            event_count >= {{ limits.steady_events }}
            -- Variance and mean, both times the square of the count.
            and cast(gap_count * gap_square_total - gap_total * gap_total as double)
            < {{ limits.steady_share * limits.steady_share }} * cast(gap_total * gap_total as double)
        union all
        select actor_id, 'all_day' as reason, known_at from days_measured
    )

    select
        actor_id,
        concat_ws(
            ', ',
            {%- for reason in ('all_day', 'fast', 'no_cart', 'steady') %}
            max(case when reason = '{{ reason }}' then reason end){{ ',' if not loop.last }}
            {%- endfor %}
        ) as behaviour_reasons,
        min(known_at) as known_at
    from found
    group by actor_id
{%- endmacro %}
