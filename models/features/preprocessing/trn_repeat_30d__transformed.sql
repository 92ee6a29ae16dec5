-- Grain: one row per row of trn_repeat_30d (customer_id, order_id).
{{ transformed_training_set('repeat_30d') }}
