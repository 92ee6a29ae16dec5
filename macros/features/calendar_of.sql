{#-
    What clock and calendar of the shop's time zone show at moments.

    Shape      a whole query: the key, local_hour, iso_weekday, is_weekend, day_of_month, month_of_year, prediction_at,
               available_as_of, input_fingerprint; one row a moment of the changed keys
    Arguments  moments: a relation with the key, prediction_at and available_as_of; key: its and the keyed model's
    Units      var shop_timezone
    Source     to ask a time zone is dear and no clock changes its hour within a minute, so each minute is asked about once
    Example    2026-07-31 22:00 UTC in Berlin -> hour 0 of Saturday, the 1st, of month 8
-#}
{% macro calendar_of(moments, key) -%}
    with moments as (

        select
            moments.{{ key }},
            moments.prediction_at,
            moments.available_as_of,
            changed.input_fingerprint
        from {{ moments }} as moments
        inner join {{ footfall.changed_keys() }} as changed on moments.{{ key }} = changed.{{ key }}

    ),

    minutes as (

        select distinct date_trunc('minute', prediction_at) as minute_at
        from moments

    ),

    clocks as (

        select
            minute_at,
            {{ footfall.local_hour('minute_at') }} as local_hour,
            {{ footfall.local_day('minute_at') }} as predicted_on
        from minutes

    )

    select
        -- ids
        moments.{{ key }},

        -- attributes
        clocks.local_hour,
        {{ footfall.iso_weekday('clocks.predicted_on') }} as iso_weekday,
        {{ footfall.iso_weekday('clocks.predicted_on') }} >= 6 as is_weekend,
        cast(extract(day from clocks.predicted_on) as integer) as day_of_month,
        cast(extract(month from clocks.predicted_on) as integer) as month_of_year,

        -- times
        moments.prediction_at,
        moments.available_as_of,
        moments.input_fingerprint
    from moments
    inner join clocks on date_trunc('minute', moments.prediction_at) = clocks.minute_at
{%- endmacro %}
