{#-
    A moment that a source says, or null where it cannot be true: before the shop's tracking, or more than a day ahead of its load.

    Shape      timestamp expression
    Arguments  said_at: UTC; loaded_at: when the row was loaded; reads var earliest_event_at
    Nulls      null for null
    Source     DEFINITIONS.md, section 4; null, where rejecting the row would lose more, or a reason to
    Example    loaded 2026-01-05 10:00: 2026-01-06 10:00 stays · 9999-12-31 -> null
-#}
{% macro believable(said_at, loaded_at='loaded_at') -%}
    case
        when
            {{ said_at }} >= timestamp '{{ var('earliest_event_at') }}'
            and {{ said_at }} <= {{ loaded_at }} + interval '1 day'
            then {{ said_at }}
    end
{%- endmacro %}
