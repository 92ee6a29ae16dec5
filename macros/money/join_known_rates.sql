{#-
    Finds the rates that were known for a row's day, a row for each span of time in which they were the same.

    Shape      a left join onto a CTE `rates` (int_exchange_rates__known); the row counts from the later of available_at and
               rates.known_from_at until rates.known_to_at, see is_still_known
    Arguments  relation: alias with columns `currency` and `available_at`; day: its date column
    Nulls      the reporting currency, and a day without any rate: one row, and rates are null
    Source     DEFINITIONS.md, section 17. Spans that ended before the row was known are left out
-#}
{% macro join_known_rates(relation, day) -%}
    left join rates
        on
            {{ relation }}.currency = rates.currency
            and {{ relation }}.{{ day }} = rates.rate_on
            and coalesce(rates.known_to_at, timestamp '9999-12-31 00:00:00') > {{ relation }}.available_at
{%- endmacro %}
