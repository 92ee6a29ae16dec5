-- Grain: one row per account and moment whose label is known (customer_id, prediction_at).
{{ training_set('purchase_7d') }}
