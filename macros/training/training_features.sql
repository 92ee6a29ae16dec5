{#-
    The feature tables that each task learns from: the one place where they are listed.

    Shape      dictionary: task -> {feature table: the keys by which a row of the spine finds its row there}; not SQL.
               A new line here needs the table's columns in the YAML of trn_<task>
-#}
{% macro training_features() -%}
    {%- set customer = ['customer_id'] -%}
    {{ return({
        'purchase_7d': {
            'ftr_customer__activity': customer,
            'ftr_customer__preferences': customer,
            'ftr_customer__commerce': customer,
            'ftr_customer__calendar': customer,
        },
        'repeat_30d': {
            'ftr_customer__commerce': customer,
            'ftr_customer__activity': customer,
            'ftr_customer__calendar': customer,
        },
        'churn_90d': {
            'ftr_customer__commerce': customer,
            'ftr_customer__activity': customer,
            'ftr_customer__calendar': customer,
        },
        'return_30d': {
            'ftr_customer__commerce': customer,
            'ftr_customer__calendar': customer,
        },
        'session_purchase': {
            'ftr_session__prefix': ['actor_id', 'session_id', 'session_started_at'],
        },
    }) }}
{%- endmacro %}
