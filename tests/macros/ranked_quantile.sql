-- What percentile_cont says of the rows themselves, of a value in many rows and of one row alone.
with rows_counted (sample, value, row_count) as (

    values
    ('two', 10e0, 3),
    ('two', 20e0, 1),
    ('one', 7e0, 1),
    ('uneven', -5e0, 2),
    ('uneven', 0e0, 40),
    ('uneven', 0.5e0, 7),
    ('uneven', 1e9, 3),
    ('uneven', null, 9)

),

ranked as (

    {{ ranked_values('rows_counted', ['sample']) }}

),

results as (

    select
        sample,
        {{ ranked_quantile(0.01) }} as p01,
        {{ ranked_quantile(0.5) }} as p50,
        {{ ranked_quantile(0.75) }} as p75,
        {{ ranked_quantile(0.96) }} as p96
    from ranked
    group by sample, value_count

),

cases as (

    select
        sample,
        quantile_cont(value, 0.01) as p01,
        quantile_cont(value, 0.5) as p50,
        quantile_cont(value, 0.75) as p75,
        quantile_cont(value, 0.96) as p96
    from (
        select
            sample,
            value,
            unnest(range(0, row_count)) as copy
        from rows_counted
    ) as copies
    group by sample

)

select
    cases.*,
    results.*
from cases
left join results on cases.sample = results.sample
where
    coalesce(abs(results.p01 - cases.p01) > 1e-6, true)
    or coalesce(abs(results.p50 - cases.p50) > 1e-6, true)
    or coalesce(abs(results.p75 - cases.p75) > 1e-6, true)
    or coalesce(abs(results.p96 - cases.p96) > 1e-6, true)
