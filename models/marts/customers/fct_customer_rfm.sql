-- Grain: one row per customer with a sold order, as of each date (customer_id, as_of).
{{ keyed_by(
    'as_of',
    inputs=['int_customers__rfm', 'int_customers__rfm_cuts'],
    constants=['rfm_segments']
) }}

with changed as (

    select * from {{ changed_keys() }}

),

customers as (

    select
        customers.*,
        changed.input_fingerprint as date_fingerprint
    from {{ ref('int_customers__rfm') }} as customers
    inner join changed on customers.as_of = changed.as_of

),

cuts as (

    select * from {{ ref('int_customers__rfm_cuts') }}

),

segments as (

    select * from {{ ref('rfm_segments') }}

),

-- Equal values lie on the same side of every cut: equal scores.
scored as (

    select
        customers.*,
        5 - {{ cuts_below('customers.recency_days', 'recency_cuts') }} as recency_score,
        1 + {{ cuts_below('customers.frequency', 'frequency_cuts') }} as frequency_score,
        1 + {{ cuts_below('customers.monetary', 'monetary_cuts') }} as monetary_score
    from customers
    inner join cuts as recency_cuts
        on customers.as_of = recency_cuts.as_of and recency_cuts.metric = 'recency_days'
    inner join cuts as frequency_cuts
        on customers.as_of = frequency_cuts.as_of and frequency_cuts.metric = 'frequency'
    inner join cuts as monetary_cuts
        on customers.as_of = monetary_cuts.as_of and monetary_cuts.metric = 'monetary'

),

-- At most 125 of them, instead of every customer beside every rule.
triples as (

    select
        recency_score,
        frequency_score,
        monetary_score
    from scored
    group by recency_score, frequency_score, monetary_score

),

named as (

    select
        triples.recency_score,
        triples.frequency_score,
        triples.monetary_score,
        min_by(segments.segment, segments.priority) as segment
    from triples
    inner join segments
        on
            triples.recency_score between segments.recency_from and segments.recency_to
            and triples.frequency_score between segments.frequency_from and segments.frequency_to
            and triples.monetary_score between segments.monetary_from and segments.monetary_to
    group by triples.recency_score, triples.frequency_score, triples.monetary_score

),

final as (

    select
        -- ids
        scored.customer_id,
        scored.as_of,

        -- attributes
        coalesce(named.segment, 'Others') as segment,
        scored.currency,
        cast(scored.recency_score as integer) as recency_score,
        cast(scored.frequency_score as integer) as frequency_score,
        cast(scored.monetary_score as integer) as monetary_score,

        -- measures
        scored.recency_days,
        scored.frequency,
        scored.monetary,
        scored.sales_total,

        -- times
        scored.last_ordered_at,
        scored.date_fingerprint as input_fingerprint
    from scored
    left join named
        on
            scored.recency_score = named.recency_score
            and scored.frequency_score = named.frequency_score
            and scored.monetary_score = named.monetary_score

)

select * from final
