{#-
    One text that differs where what is declared differs.

    Shape      text: an md5; not SQL
    Arguments  plan: of checked_preprocessing
    Example    plan_hash(training_plan('purchase_7d'))
-#}
{% macro plan_hash(plan) -%}
    {{ return(local_md5(tojson(plan, sort_keys=true))) }}
{%- endmacro %}
