{#-
    Finds the rate in force on a row's day, for its own currency and for the reporting one.

    Shape      two left joins onto a CTE `rates` (int_exchange_rates), as `rates` and `reporting_rates`
    Arguments  relation: alias with a column `currency`; day: its date column
    Nulls      no rate on or before the day, or only one older than rate_max_age_days: both null
    Source     the latest rate on or before the day; one row a currency and day, so nothing multiplies
-#}
{% macro join_rates(relation, day) -%}
    left join rates
        on {{ relation }}.currency = rates.currency and {{ relation }}.{{ day }} = rates.rate_on
    left join rates as reporting_rates
        on
            reporting_rates.currency = '{{ var("reporting_currency") }}'
            and {{ relation }}.{{ day }} = reporting_rates.rate_on
{%- endmacro %}
