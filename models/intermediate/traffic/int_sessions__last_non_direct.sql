-- Grain: one row per session (session_id): its own source, or for a direct one the source that its
-- person came from last.
{{ keyed_by('person_id', inputs=['int_sessions__sources']) }}

{%- set days = var('attribution_window_days') -%}
{{- require_positive_int('int_sessions__last_non_direct', 'attribution_window_days', days) -}}

with sessions as (

    select
        sessions.session_id,
        sessions.actor_id,
        sessions.person_id,
        sessions.session_source,
        sessions.session_medium,
        sessions.session_campaign,
        sessions.channel,
        sessions.is_direct,
        {{ epoch_us('sessions.session_started_at') }} as started_us,
        changed.input_fingerprint
    from {{ ref('int_sessions__sources') }} as sessions
    inner join {{ changed_keys() }} as changed on sessions.person_id = changed.person_id

),

looked_back as (

    select
        *,
        -- Whole numbers, so that the window is exact: from its length before to just before.
        case
            when is_direct then max(case when not is_direct then started_us end) over (
                partition by person_id
                order by started_us asc
                range between {{ days * 24 * 3600 * 1000000 }} preceding and 1 preceding
            )
        end as origin_us
    from sessions

),

-- Of sessions of one moment on two devices the greater id speaks.
origins as (

    select
        person_id,
        started_us,
        max(session_id) as session_id
    from sessions
    where not is_direct
    group by person_id, started_us

),

found as (

    select
        looked_back.*,
        coalesce(origins.session_id, looked_back.session_id) as origin_session_id
    from looked_back
    left join origins
        on
            looked_back.person_id = origins.person_id
            and looked_back.origin_us = origins.started_us

),

final as (

    select
        -- ids
        found.session_id,
        found.actor_id,
        found.person_id,

        -- attributes
        sessions.session_source as last_non_direct_source,
        sessions.session_medium as last_non_direct_medium,
        sessions.session_campaign as last_non_direct_campaign,
        sessions.channel as last_non_direct_channel,
        found.input_fingerprint
    from found
    inner join sessions on found.origin_session_id = sessions.session_id

)

select * from final
