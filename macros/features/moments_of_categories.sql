{#-
    The moments of products as those of the categories that they were known to be of.

    Shape      a whole query: category, prediction_at, available_as_of, each once
    Arguments  products: a relation or a query in parentheses, with product_id, prediction_at and available_as_of; moments
               that ftr_assortment__products knows
    Nulls      a product without a category is of none
    Source     a spine asks for things; of what kind they are is known at the moment, and may be another kind at the next
    Example    P1 at noon and at night, tea until the evening, then pots -> tea at noon, pots at night
-#}
{% macro moments_of_categories(products) -%}
    select
        assortment.category,
        products.prediction_at,
        products.available_as_of
    from {{ products }} as products
    inner join {{ ref('ftr_assortment__products') }} as assortment
        on
            products.product_id = assortment.product_id
            and products.prediction_at = assortment.prediction_at
            and products.available_as_of = assortment.available_as_of
    where assortment.category is not null
    group by assortment.category, products.prediction_at, products.available_as_of
{%- endmacro %}
