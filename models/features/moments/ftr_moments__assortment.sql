-- Grain: one row per moment at which a spine wants features of any product (prediction_at,
-- available_as_of).
select
    prediction_at,
    available_as_of
from {{ ref('ftr_moments__product') }}
group by prediction_at, available_as_of
