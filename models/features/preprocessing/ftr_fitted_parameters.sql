-- Grain: one row per statistic that the training rows of a version taught (params_version,
-- statistic_id); the version of this build, and those that earlier ones published.
{{ config(alias='fitted_parameters') }}
{% set columns = model.columns.keys() | reject('equalto', 'is_current') | join(', ') %}

with fitted as (

    select * from {{ ref('int_fitted_parameters') }}

),

kept as (

    {{ kept_rows('fitted_parameters') }}

),

versions as (

    select distinct params_version from fitted

),

final as (

    select
        {{ columns }},
        true as is_current
    from fitted
    union all
    -- A model is served by what it was trained with, though its training rows are others by now.
    select
        {{ columns }},
        false as is_current
    from kept
    where kept.params_version not in (select versions.params_version from versions)

)

select * from final
