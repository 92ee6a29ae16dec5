{#-
    An amount in the reporting currency, at the rates that join_rates found.

    Shape      decimal(28, 8) expression
    Arguments  currency: of the amount; the reporting currency itself needs no rate; rate, reporting_rate: units per unit of the base, of the amount's and the reporting currency
    Nulls      no rate, or none recent enough, gives null
    Example    100 at 0.80 with reporting rate 1 -> 125.00000000
-#}
{% macro in_reporting_currency(amount, currency, rate, reporting_rate) -%}
    case
        when {{ currency }} = '{{ var("reporting_currency") }}' then cast({{ amount }} as decimal(28, 8))
        else {{ footfall.exact_ratio(amount, reporting_rate, rate) }}
    end
{%- endmacro %}
