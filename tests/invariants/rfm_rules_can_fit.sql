-- A rule of the seed rfm_segments has whole scores, each from 1 to 5, and no range that is empty.
select *
from {{ ref('rfm_segments') }}
where
    (
        recency_from between 1 and recency_to
        and recency_to <= 5
        and frequency_from between 1 and frequency_to
        and frequency_to <= 5
        and monetary_from between 1 and monetary_to
        and monetary_to <= 5
        and trim(segment) <> ''
    ) is not true
