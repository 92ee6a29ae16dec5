{#-
    The feature tables that each task learns from: the one place where they are listed.

    Shape      dictionary: task -> {feature table: the keys by which a row of the spine finds its row there}; not SQL.
               A new line here needs the table's columns in the YAML of trn_<task>
-#}
{% macro training_features() -%}
    {{ return({
        'purchase_7d': {
            'ftr_customer__activity': ['customer_id'],
        },
        'repeat_30d': {
            'ftr_customer__activity': ['customer_id'],
        },
    }) }}
{%- endmacro %}
