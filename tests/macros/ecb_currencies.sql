-- The list is that of the columns the source declares, in their order, and the seed knows them all.
{% set declared = [] %}
{% if execute %}
    {% for table in graph.sources.values() | selectattr('identifier', 'eq', 'rates') %}
        {% for name in table.columns if name | length == 3 %}
            {% do declared.append(name) %}
        {% endfor %}
    {% endfor %}
{% endif %}

with listed (place, currency) as (

    values
    {% for currency in ecb_currencies() %}
        ({{ loop.index }}, '{{ currency }}'){{ ',' if not loop.last }}
    {% endfor %}

),

declared (place, currency) as (

    values
    {% for currency in declared %}
        ({{ loop.index }}, '{{ currency }}'),
    {% endfor %}
    (null, 'EUR')

),

currencies as (

    select currency from {{ ref('currencies') }}

)

select
    listed.currency as listed_currency,
    declared.currency as declared_currency,
    currencies.currency as seeded_currency
from listed
full outer join declared on listed.place = declared.place
left join currencies on coalesce(listed.currency, declared.currency) = currencies.currency
where
    currencies.currency is null
    or (
        listed.currency is distinct from declared.currency
        and declared.currency is distinct from 'EUR'
    )
