{#-
    The currencies of the European Central Bank's history file, in the order of its columns.

    Shape      list of strings; not SQL
    Source     euro foreign exchange reference rates, history since 1999
-#}
{% macro ecb_currencies() -%}
    {{ return([
        'USD', 'JPY', 'BGN', 'CYP', 'CZK', 'DKK', 'EEK', 'GBP', 'HUF', 'LTL', 'LVL', 'MTL', 'PLN', 'ROL',
        'RON', 'SEK', 'SIT', 'SKK', 'CHF', 'ISK', 'NOK', 'HRK', 'RUB', 'TRL', 'TRY', 'AUD', 'BRL', 'CAD',
        'CNY', 'HKD', 'IDR', 'ILS', 'INR', 'KRW', 'MXN', 'MYR', 'NZD', 'PHP', 'SGD', 'THB', 'ZAR',
    ]) }}
{%- endmacro %}
