-- Amounts in a currency that ISO 4217 does not know would be null everywhere: see seed currencies.
with named as (

    {% for name in ['reporting_currency', 'rates_base_currency'] %}
        select
            '{{ name }}' as var,
            '{{ var(name) }}' as currency
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

currencies as (

    select * from {{ ref('currencies') }}

)

select
    named.var,
    named.currency as no_iso_4217_code
from named
left join currencies on named.currency = currencies.currency
where currencies.currency is null
