-- Grain: one row per row of trn_churn_90d (customer_id, order_id).
{{ transformed_training_set('churn_90d') }}
