{#-
    One number for the rows of a relation, in whatever order: it differs where a value of one of them does.

    Shape      decimal(38, 0), an aggregate; of no row 0
    Arguments  values: as of fingerprint
    Source     a sum does not mind the order of rows; compared within one warehouse only, see fingerprint
    Example    rows_hash(['customer_id', 'prediction_at', 'net_sales_90d'])
-#}
{% macro rows_hash(values) -%}
    coalesce(sum(cast({{ footfall.fingerprint(values) }} as decimal(38, 0))), 0)
{%- endmacro %}
