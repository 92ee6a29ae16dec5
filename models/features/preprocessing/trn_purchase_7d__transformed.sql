-- Grain: one row per row of trn_purchase_7d (customer_id, prediction_at).
{{ transformed_training_set('purchase_7d') }}
