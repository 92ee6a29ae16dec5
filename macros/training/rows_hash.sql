{#-
    One number for the rows of a relation, in whatever order: it differs where one of them does.

    Shape      decimal(38, 0), an aggregate; of no row 0
    Arguments  relation: its name, or its alias
    Source     a sum does not mind the order of rows; compared within one warehouse only, see fingerprint
    Example    select {{ rows_hash('earlier') }} from features.customer__activity as earlier
-#}
{% macro rows_hash(relation) -%}
    coalesce(sum(cast({{ footfall.fingerprint([relation ~ '.*']) }} as decimal(38, 0))), 0)
{%- endmacro %}
