-- Grain: one row per search on the site (event_id).
{% set is_search = "event_type in ('search', 'view_search_results') and search_term is not null"
    ~ " and session_id is not null and " ~ is_shopper() %}
{{ keyed_by('actor_id', inputs=[{'model': 'fct_events', 'where': is_search}]) }}

with changed as (

    select * from {{ changed_keys() }}

),

events as (

    select
        events.*,
        {{ normal_text('events.search_term') }} as normal_term,
        changed.input_fingerprint as actor_fingerprint
    from {{ ref('fct_events') }} as events
    inner join changed on events.actor_id = changed.actor_id
    where
        ({{ is_search }})
        or (
            events.event_type in ('view_item', 'select_item')
            and events.session_id is not null
            and {{ is_shopper('events') }}
        )

),

compared as (

    select
        *,
        event_type in ('search', 'view_search_results') as is_search,
        lag(normal_term) over (
            partition by session_id, event_type in ('search', 'view_search_results')
            order by session_position asc
        ) as previous_term
    from events

),

-- The page of results that a search leads to is not a second search.
counted as (

    select
        *,
        case
            when not is_search then 0
            when event_type = 'view_search_results' and normal_term = previous_term then 0
            else 1
        end as is_counted
    from compared

),

numbered as (

    select
        *,
        sum(is_counted) over (
            partition by session_id order by session_position asc
            rows between unbounded preceding and current row
        ) as search_number
    from counted

),

searches as (

    select
        *,
        max(search_number) over (partition by session_id) as search_count
    from numbered
    where is_counted = 1

),

-- What was looked at after a search and before the next.
clicks as (

    select
        session_id,
        search_number,
        count(*) as click_count,
        -- Of the first click, also where that names several.
        nullif(min_by(coalesce(product_id, ''), session_position), '') as product_id,
        min(event_at) as clicked_at
    from numbered
    where not is_search and search_number > 0
    group by session_id, search_number

),

final as (

    select
        -- ids
        searches.event_id,
        searches.visitor_id,
        searches.customer_id,
        searches.actor_id,
        searches.session_id,
        clicks.product_id as clicked_product_id,

        -- attributes
        searches.source,
        searches.platform,
        searches.search_term,
        coalesce(searches.normal_term, '') as normal_term,
        clicks.clicked_at is not null as is_clicked,
        clicks.clicked_at is null and searches.search_number < searches.search_count
            as is_refined,

        -- measures
        cast(searches.search_number as integer) as search_number,
        cast(coalesce(clicks.click_count, 0) as integer) as click_count,
        {{ seconds_between('searches.event_at', 'clicks.clicked_at') }} as click_seconds,

        -- times
        searches.event_on as searched_on,
        searches.event_at as searched_at,
        searches.actor_fingerprint as input_fingerprint
    from searches
    left join clicks
        on
            searches.session_id = clicks.session_id
            and searches.search_number = clicks.search_number

)

select * from final
