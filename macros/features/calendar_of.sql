{#-
    What clock and calendar of the shop's time zone show at moments.

    Shape      a whole query: the keys, local_hour, iso_weekday, is_weekend, day_of_month, month_of_year, prediction_at,
               available_as_of; one row a moment
    Arguments  moments: a relation with the keys, prediction_at and available_as_of; keys: its key columns
    Units      var shop_timezone
    Example    2026-07-31 22:00 UTC in Berlin -> hour 0 of Saturday, the 1st, of month 8
-#}
{% macro calendar_of(moments, keys) -%}
    select
        -- ids
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}

        -- attributes
        {{ footfall.local_hour('prediction_at') }} as local_hour,
        {{ footfall.iso_weekday('predicted_on') }} as iso_weekday,
        {{ footfall.iso_weekday('predicted_on') }} >= 6 as is_weekend,
        cast(extract(day from predicted_on) as integer) as day_of_month,
        cast(extract(month from predicted_on) as integer) as month_of_year,

        -- times
        prediction_at,
        available_as_of
    from (
        select
            *,
            {{ footfall.local_day('prediction_at') }} as predicted_on
        from {{ moments }}
    ) as moments
{%- endmacro %}
