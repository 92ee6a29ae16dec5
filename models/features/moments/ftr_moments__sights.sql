-- Grain: one row per moment of any product (prediction_at, available_as_of): by fingerprints of
-- all that is in sight of it, models that compare products rebuild only moments that see something
-- else than before.
{% set longest = '30d' %}
-- The start of a time's hour, where time runs backwards.
{% set hour_us %}
    backwards_us - (backwards_us % 3600000000 + 3600000000) % 3600000000
{% endset %}

with moments as (

    select
        prediction_at,
        available_as_of,
        {{ epoch_us('prediction_at') }} as at_us,
        {{ epoch_us('available_as_of') }} - {{ epoch_us('prediction_at') }} as lag_us
    from {{ ref('ftr_moments__assortment') }}

),

lags as (

    select lag_us from moments
    group by lag_us

),

steps as (

    {{ moment_steps('moments') }}

),

-- An act is looked at for as long as the longest window, a version for good. That there was an act
-- at all tells for good too, and sales do.
things as (

    select
        'act' as kind,
        {{ fingerprint([
            'event_id', 'visitor_id', 'product_id', 'event_type', 'event_at', 'available_at',
        ]) }} as fingerprint,
        {{ epoch_us('event_at') }} as event_us,
        {{ epoch_us('available_at') }} as available_us,
        {{ epoch_us('event_at + ' ~ window_interval(longest)) }} + 1 as gone_us
    from {{ ref('int_visitors__products') }}
    union all
    select
        'version' as kind,
        {{ fingerprint([
            'product_id', 'version_id', 'category', 'currency', 'unit_price', 'is_deleted',
            'valid_from', 'available_at',
        ]) }} as fingerprint,
        {{ epoch_us('valid_from') }} as event_us,
        {{ epoch_us('available_at') }} as available_us,
        {{ never() }} as gone_us
    from {{ ref('int_products__versions') }}
    union all
    select
        'sale' as kind,
        {{ fingerprint(['order_id', 'product_id', 'quantity', 'event_at', 'available_at']) }}
            as fingerprint,
        {{ epoch_us('event_at') }} as event_us,
        {{ epoch_us('available_at') }} as available_us,
        {{ never() }} as gone_us
    from {{ ref('int_products__sales') }}

),

bounds as (

    select
        things.kind,
        lags.lag_us,
        true as is_news,
        -greatest(things.event_us + 1, things.available_us - lags.lag_us) as backwards_us,
        cast(things.fingerprint as decimal(38, 0)) as change
    from things
    cross join lags
    union all
    select
        things.kind,
        lags.lag_us,
        false as is_news,
        -- What is known too late to be seen at all comes and goes at once.
        -greatest(things.gone_us, things.available_us - lags.lag_us) as backwards_us,
        -cast(things.fingerprint as decimal(38, 0)) as change
    from things
    cross join lags

),

-- Within an hour without a moment it is all the same when something came or went: few sums are
-- left to be met with moments.
split_hours as (

    select distinct
        lag_us,
        {{ hour_us }} as hour_us
    from steps
    where {{ hour_us }} < backwards_us

),

timed as (

    select
        *,
        {{ hour_us }} as hour_us
    from bounds

),

placed as (

    select
        timed.kind,
        timed.lag_us,
        timed.is_news,
        case when split_hours.lag_us is null then timed.hour_us else timed.backwards_us end
            as backwards_us,
        timed.change
    from timed
    left join split_hours
        on timed.lag_us = split_hours.lag_us and timed.hour_us = split_hours.hour_us

),

summed as (

    select
        kind,
        lag_us,
        is_news,
        backwards_us,
        sum(change) as change
    from placed
    group by kind, lag_us, is_news, backwards_us

),

changes as (

    select
        summed.lag_us,
        steps.at_us,
        sum(case when summed.kind = 'act' then summed.change end) as acts_change,
        sum(case when summed.kind = 'version' then summed.change end) as versions_change,
        sum(case when summed.is_news and summed.kind <> 'version' then summed.change end)
            as news_change
    from summed
    {{ asof_join('steps', 'lag_us', 'summed.backwards_us', 'backwards_us') }}
    group by summed.lag_us, steps.at_us

),

final as (

    select
        moments.prediction_at,
        moments.available_as_of,
        coalesce(sum(changes.acts_change) over until_then, 0) as acts_fingerprint,
        coalesce(sum(changes.versions_change) over until_then, 0) as versions_fingerprint,
        coalesce(sum(changes.news_change) over until_then, 0) as news_fingerprint
    from moments
    left join changes
        on
            moments.lag_us = changes.lag_us
            and moments.at_us = changes.at_us
    window
        until_then as (
            partition by moments.lag_us
            order by moments.at_us asc
            rows between unbounded preceding and current row
        )

)

select * from final
