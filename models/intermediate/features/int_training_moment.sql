-- Grain: one row, the moment whose knowledge the training sets hold; none while nothing is known.
{{ config(materialized='table') }}
{% set unit = var('training_sets_every') %}
{% set units = ['microsecond', 'hour', 'day', 'week', 'month'] %}
{% if unit not in units %}
    {{ exceptions.raise_compiler_error(
        'training_sets_every must be one of ' ~ units | join(', ') ~ ', got ' ~ unit
    ) }}
{% endif %}

with known as (

    select {{ known_through() }} as known_through

),

final as (

    select
        -- times
        date_trunc('{{ unit }}', known_through) as known_at
    from known
    where known_through is not null

)

select * from final
