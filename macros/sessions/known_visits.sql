{#-
    Visits as they came to be known: what turns up later counts from then on, and moves none of what stood before it.

    Shape      a whole query: the columns of the relation; known_at, when the event can be used; known_session_id and begun_at, of
               its visit as that began to be known, and is_earlier, whether it is what turned up before that; place, how many
               events of the visit were known then, from 1; visit_started_at and latest_at, the earliest and the latest of them;
               next_known_at and next_event_at, of the event that turned up next
    Arguments  relation: a CTE of events of visits: actor_id, event_id, session_id, session_position, event_at, available_at
    Units      var session_gap_minutes
    Source     events are counted in the order in which they can be used. One that turns up more than the gap after all that is
               known begins another visit, even if something between the two turns up later and joins them; and so does one that
               turns up more than the gap before the event with which its visit began to be known. What turns up in the order in
               which it happened makes the visits of fct_sessions, unless events that the relation lacks hold one together.
               Limits: DECISIONS.md, "Which visit is asked, and which of its events?"
    Example    10:00, 10:05 and 10:02, which is known a day later -> places 1, 2 and 3, the third a day later
-#}
{% macro known_visits(relation) -%}
    {%- set gap = "interval '" ~ footfall.whole_var('session_gap_minutes') ~ " minutes'" -%}
    select
        visits.*,
        {{ footfall.session_id('actor_id', 'first_value(event_id) over known') }} as known_session_id,
        row_number() over known as place,
        min(event_at) over known as visit_started_at,
        max(event_at) over known as latest_at,
        lead(known_at) over known as next_known_at,
        lead(event_at) over known as next_event_at
    from (
        select
            *,
            event_at < begun_at - {{ gap }} as is_earlier
        from (
            select
                *,
                max(
                    case when latest_before_at is null or event_at > latest_before_at + {{ gap }} then event_at end
                ) over (
                    partition by session_id order by known_at asc, session_position asc
                    rows between unbounded preceding and current row
                ) as begun_at
            from (
                select
                    *,
                    max(event_at) over (
                        partition by session_id order by known_at asc, session_position asc
                        rows between unbounded preceding and 1 preceding
                    ) as latest_before_at
                from (
                    select
                        *,
                        greatest({{ footfall.available_as_of("event_at + interval '1 microsecond'") }}, available_at) as known_at
                    from {{ relation }}
                ) as usable
            ) as compared
        ) as begun
    ) as visits
    window
        known as (
            partition by session_id, begun_at, is_earlier
            order by known_at asc, session_position asc
        )
{%- endmacro %}
